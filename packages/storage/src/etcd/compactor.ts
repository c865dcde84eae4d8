import type { Clock, Logger } from '@berth/component-base';
import type { Revision } from '../storage.ts';
import type { Connection } from './connection.ts';

export interface CompactorOptions {
  readonly connection: Connection;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly everyMs: number;
  /** How far the watches of this process are: nothing that they have not seen is compacted. */
  readonly watchedUpTo: () => Revision;
}

/** The key by which kube-apiservers, and so we, agree on who compacts: its version counts the compactions. */
const compactKey = Buffer.from('compact_rev_key');

/**
 * Compacts, every so often, what was history the time before. Among several servers the one that writes the key
 * first does it, and the others take note. Returns what stops it.
 */
export function startCompactor(options: CompactorOptions): () => void {
  const { connection, clock, logger, everyMs, watchedUpTo } = options;
  let version = 0;
  let mark: Revision = 0;
  let cancel: () => void = () => undefined;
  let isStopped = false;

  async function round() {
    const { succeeded, header, responses } = await connection.write(({ kv }) =>
      kv.txn({
        compare: [{ key: compactKey, target: 'Version', result: 'Equal', version }],
        success: [{ request_put: { key: compactKey, value: Buffer.from(String(mark)) } }],
        failure: [{ request_range: { key: compactKey } }],
      }),
    );
    const upTo = Math.min(mark, watchedUpTo());
    mark = Number(header.revision);
    if (!succeeded) {
      version = Number(responses[0]?.response_range.kvs[0]?.version ?? 0);
      return;
    }
    version += 1;
    if (upTo > 0) await connection.read(({ kv }) => kv.compact({ revision: upTo }));
  }
  function arm() {
    cancel = clock.after(everyMs, () => {
      round()
        .catch((err: unknown) => logger.info('Could not compact etcd', { err }))
        .finally(() => {
          if (!isStopped) arm();
        });
    });
  }
  arm();

  return () => {
    isStopped = true;
    cancel();
  };
}
