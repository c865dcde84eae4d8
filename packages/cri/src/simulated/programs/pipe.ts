/** Bytes from one writer to one reader at a time. */
export interface Pipe {
  write(data: Uint8Array): void;
  end(): void;
  /** What was written, in pieces, until the pipe ends or the signal aborts. */
  read(signal: AbortSignal): AsyncIterable<Uint8Array>;
}

export function createPipe(): Pipe {
  const waiting: Uint8Array[] = [];
  let ended = false;
  let wake = () => {};
  return {
    write(data) {
      if (ended) return;
      waiting.push(data);
      wake();
    },
    end() {
      ended = true;
      wake();
    },
    async *read(signal) {
      const stop = () => wake();
      signal.addEventListener('abort', stop);
      try {
        while (!signal.aborted) {
          const data = waiting.shift();
          if (data) yield data;
          else if (ended) return;
          else await new Promise<void>((resolve) => (wake = resolve));
        }
      } finally {
        signal.removeEventListener('abort', stop);
      }
    },
  };
}

/** Nobody writes to it. */
export function createClosedPipe(): Pipe {
  const pipe = createPipe();
  pipe.end();
  return pipe;
}
