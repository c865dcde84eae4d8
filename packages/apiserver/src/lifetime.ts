/**
 * How long somebody waits for an answer. Most answers are there before anything asks, and an AbortSignal costs about as
 * much as finding the object that was asked for: this one is made when it is wanted.
 */
export class Lifetime {
  #isOver = false;
  #controller: AbortController | undefined = undefined;
  #listeners: Set<() => void> | undefined = undefined;

  /** Nobody waits any more: the client went away, its time is up, or the server closes. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Aborts with the end. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#isOver) this.#controller.abort();
    return this.#controller.signal;
  }

  /** Throws what an aborted signal throws. */
  throwIfOver(): void {
    if (this.#isOver) this.signal.throwIfAborted();
  }

  /** Calls `listener` at the end, at once if that has come; the returned function takes it back. */
  onEnd(listener: () => void): () => void {
    if (this.#isOver) {
      listener();
      return () => undefined;
    }
    const listeners = (this.#listeners ??= new Set());
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }

  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#controller?.abort();
    this.#listeners?.forEach((listener) => listener());
    this.#listeners = undefined;
  }
}

/** A lifetime that ends with any of several signals, until `release` forgets them, for they may live much longer. */
export function lifetimeWithin(...signals: readonly AbortSignal[]): {
  readonly lifetime: Lifetime;
  readonly release: () => void;
} {
  const lifetime = new Lifetime();
  const release = () => {
    for (const signal of signals) signal.removeEventListener('abort', end);
  };
  const end = () => {
    release();
    lifetime.end();
  };
  if (signals.some(({ aborted }) => aborted)) lifetime.end();
  else for (const signal of signals) signal.addEventListener('abort', end, { once: true });
  return { lifetime, release };
}
