/** A signal of one's own that aborts with any of several; `release` forgets them, for they may live much longer. */
export function linkSignals(...sources: readonly AbortSignal[]): {
  readonly signal: AbortSignal;
  readonly release: () => void;
} {
  const controller = new AbortController();
  const release = () => {
    for (const source of sources) source.removeEventListener('abort', abort);
  };
  const abort = () => {
    release();
    controller.abort();
  };
  if (sources.some(({ aborted }) => aborted)) controller.abort();
  else for (const source of sources) source.addEventListener('abort', abort, { once: true });
  return { signal: controller.signal, release };
}
