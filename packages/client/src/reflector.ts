import { isExpired } from '@berth/api';
import type { KubeList, KubeObject, WatchChange } from '@berth/api';

export interface ListerWatcher<T extends KubeObject> {
  list(signal: AbortSignal): Promise<KubeList<T>>;
  watch(resourceVersion: string, signal: AbortSignal): AsyncIterable<WatchChange<T>>;
}

export interface Sink<T extends KubeObject> {
  replace(items: readonly T[], resourceVersion: string): void;
  apply(change: Exclude<WatchChange<T>, { readonly type: 'BOOKMARK' }>): void;
  /** Everything up to this version has been applied. */
  progress(resourceVersion: string): void;
}

export interface ReflectOptions {
  /**
   * Called when a list or watch failed (`err`) or a watch ended of its own accord (undefined), with the number of
   * failures in a row; resolves when it is time for the next attempt.
   */
  readonly pause: (err: unknown, failures: number, signal: AbortSignal) => Promise<void>;
}

/** Keeps `sink` equal to what the server holds: list once, follow, and list again only when history is gone. */
export async function reflect<T extends KubeObject>(
  source: ListerWatcher<T>,
  sink: Sink<T>,
  { pause }: ReflectOptions,
  signal: AbortSignal,
): Promise<void> {
  let version: string | undefined;
  let failures = 0;
  const stopped = () => signal.aborted;
  while (!stopped()) {
    try {
      if (version === undefined) {
        const { items, metadata } = await source.list(signal);
        version = metadata.resourceVersion ?? '';
        sink.replace(items, version);
      }
      for await (const change of source.watch(version, signal)) {
        failures = 0;
        if (change.type === 'BOOKMARK') {
          version = change.resourceVersion;
        } else {
          sink.apply(change);
          version = change.object.metadata.resourceVersion;
        }
        sink.progress(version);
      }
      if (!stopped()) await pause(undefined, 0, signal);
    } catch (err) {
      if (stopped()) return;
      if (isExpired(err)) version = undefined;
      failures += 1;
      await pause(err, failures, signal);
    }
  }
}
