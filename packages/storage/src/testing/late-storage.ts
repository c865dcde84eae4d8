import type { Storage } from '../storage.ts';

export interface LateStorage extends Storage {
  /** Lets news come at once from now on, those that were held back first. */
  hurry(): void;
}

/** A storage that tells of no event until it is let: with etcd every write is known to its writer first. */
export function makeLate(storage: Storage): LateStorage {
  let hurry: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (hurry = resolve));
  return {
    ...storage,
    async *watch(prefix, from, signal) {
      const aborted = new Promise<void>((resolve) =>
        signal.addEventListener('abort', () => resolve()),
      );
      for await (const item of storage.watch(prefix, from, signal)) {
        await Promise.race([gate, aborted]);
        yield item;
      }
    },
    hurry: () => hurry(),
  };
}
