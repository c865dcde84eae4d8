import { ExpiredError, UnavailableError } from '../errors.ts';
import type { Revision } from '../storage.ts';
import type { Connection } from './connection.ts';
import type { WatchEvent } from './messages.ts';

export interface TailHandlers {
  /** The stream is established. */
  readonly onOpen: () => void;
  /** Whole revisions, in order. What it throws ends the stream. */
  readonly onEvents: (events: readonly WatchEvent[]) => void;
}

/**
 * Reads the events of all keys after `from` from one stream. Resolves when `signal` aborts; throws an `ExpiredError`
 * when they are compacted, an `UnavailableError` when the stream breaks for any other reason.
 */
export const tail = (
  connection: Connection,
  from: Revision,
  { onOpen, onEvents }: TailHandlers,
  signal: AbortSignal,
): Promise<void> =>
  connection.watch(
    from + 1,
    ({ created, canceled, cancelReason, compactRevision, events }) => {
      if (compactRevision > 0)
        throw new ExpiredError(`revision ${from} is compacted`, compactRevision);
      if (canceled) throw new UnavailableError(`etcd refused the watch: ${cancelReason}`);
      if (created) onOpen();
      onEvents(events);
    },
    signal,
  );
