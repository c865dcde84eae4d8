/** Tells a person what happens, step by step, with the seconds each took. */
export interface Progress {
  /** Runs one step and says how long it took. */
  step<T>(what: string, work: () => Promise<T>): Promise<T>;
  say(text: string): void;
}

export interface ProgressOptions {
  readonly write: (text: string) => void;
  /** Milliseconds that never go backwards. */
  readonly monotonic: () => number;
}

export function createProgress({ write, monotonic }: ProgressOptions): Progress {
  return {
    async step(what, work) {
      const startedAt = monotonic();
      const seconds = () => `${((monotonic() - startedAt) / 1000).toFixed(1)} s`;
      try {
        const result = await work();
        write(`  ✓ ${what} (${seconds()})\n`);
        return result;
      } catch (err) {
        write(`  ✗ ${what} (${seconds()})\n`);
        throw err;
      }
    },
    say: (text) => write(`${text}\n`),
  };
}
