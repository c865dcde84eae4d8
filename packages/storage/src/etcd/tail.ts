import type { IEvent } from 'etcd3';
import { ExpiredError, UnavailableError } from '../errors.ts';
import type { Revision } from '../storage.ts';
import type { Connection } from './connection.ts';
import { explainRead } from './connection.ts';
import { allKeys } from './wire.ts';

export interface TailHandlers {
  /** The stream is established. */
  readonly onOpen: () => void;
  /** Whole revisions, in order. What it throws ends the stream. */
  readonly onEvents: (events: readonly IEvent[]) => void;
}

/**
 * Reads the events of all keys after `from` from one stream. Resolves when `signal` aborts; throws an `ExpiredError`
 * when they are compacted, an `UnavailableError` when the stream breaks for any other reason.
 */
export async function tail(
  connection: Connection,
  from: Revision,
  { onOpen, onEvents }: TailHandlers,
  signal: AbortSignal,
): Promise<void> {
  const stream = await connection.openWatch();
  await new Promise<void>((resolve, reject) => {
    const end = (error?: Error) => {
      signal.removeEventListener('abort', stop);
      // Cancelling makes the stream report an error, which is not news then.
      stream.on('error', () => undefined);
      stream.cancel();
      if (error) reject(error);
      else resolve();
    };
    const stop = () => end();
    stream.on('error', (err) => end(explainRead(err)));
    stream.on('end', () => end(new UnavailableError('etcd ended the watch')));
    stream.on('data', ({ created, canceled, compact_revision, cancel_reason, events }) => {
      if (Number(compact_revision) > 0)
        return end(new ExpiredError(`revision ${from} is compacted`, Number(compact_revision)));
      if (canceled) return end(new UnavailableError(`etcd refused the watch: ${cancel_reason}`));
      if (created) onOpen();
      try {
        onEvents(events);
      } catch (err) {
        end(err instanceof Error ? err : new Error(String(err)));
      }
    });
    signal.addEventListener('abort', stop);
    if (signal.aborted) return stop();
    stream.write({ create_request: { ...allKeys, start_revision: from + 1, prev_kv: true } });
  });
}
