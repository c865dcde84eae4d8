export interface LinkedSignal {
  readonly signal: AbortSignal;
  readonly abort: () => void;
  /** Forgets the sources, for they may live much longer. */
  readonly release: () => void;
}

/** A signal of one's own that also aborts with any of several others. */
export function linkSignals(...sources: readonly AbortSignal[]): LinkedSignal {
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
  return { signal: controller.signal, abort, release };
}
