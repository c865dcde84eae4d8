/** Carries items from whoever writes them to one reader, at the reader's pace. */
export interface Pipe<T> {
  /** Read by one loop; leaving it lets writers go on without effect. */
  readonly items: AsyncIterable<T>;
  /** Resolves when there is room for more, or when nobody will read. */
  write(item: T): Promise<void>;
  /** The reader gets what was written so far, then ends. */
  end(): void;
  /** The reader gets what was written so far, then fails. */
  fail(err: unknown): void;
}

/** A pipe that holds up writers while more than `room` items wait. */
export function createPipe<T extends object | number>(room = 16): Pipe<T> {
  const waiting: T[] = [];
  const writers: (() => void)[] = [];
  let ending: { readonly failed: boolean; readonly err?: unknown } | undefined;
  let wake = (): void => undefined;

  const close = (how: typeof ending) => {
    ending ??= how;
    wake();
  };
  const release = () => {
    while (writers.length > 0 && (waiting.length <= room || ending)) writers.shift()?.();
  };

  async function* read(): AsyncIterable<T> {
    try {
      for (;;) {
        const [item] = waiting;
        if (item !== undefined) {
          waiting.shift();
          release();
          yield item;
        } else if (ending) {
          if (ending.failed) throw ending.err;
          return;
        } else {
          await new Promise<void>((resolve) => (wake = resolve));
        }
      }
    } finally {
      close({ failed: false });
      waiting.length = 0;
      release();
    }
  }

  return {
    items: read(),
    async write(item) {
      if (ending) return;
      waiting.push(item);
      wake();
      if (waiting.length > room) await new Promise<void>((resolve) => writers.push(resolve));
    },
    end: () => close({ failed: false }),
    fail: (err) => close({ failed: true, err }),
  };
}
