/** Something to be done inside a transaction, and who waits for it. */
export interface Step {
  readonly run: () => void;
  readonly settled: (error?: Error) => void;
}

/** Steps under way: those that arrive while one transaction is on its way to the disk share the next. */
export interface GroupCommit {
  add(step: Step): void;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
}

/**
 * Runs steps in order through `transact`, one transaction at a time. A failed transaction fails every step that is
 * under way, since later steps build on earlier ones.
 */
export function createGroupCommit(transact: (steps: () => void) => Promise<unknown>): GroupCommit {
  let waiting: Step[] = [];
  let loop: Promise<void> | undefined;

  async function commitAll() {
    while (waiting.length > 0) {
      // Whoever was woken by the last transaction may join the next.
      await new Promise((resolve) => setImmediate(resolve));
      const group = waiting;
      waiting = [];
      const error = await transact(() => group.forEach(({ run }) => run())).then(
        () => undefined,
        (err: unknown) => (err instanceof Error ? err : new Error(String(err))),
      );
      if (error) group.push(...waiting.splice(0));
      for (const { settled } of group) settled(error);
    }
    loop = undefined;
  }

  return {
    add(step) {
      waiting.push(step);
      loop ??= commitAll();
    },
    idle: async () => loop,
  };
}
