/** Something to be written, and who waits for it. */
interface Step {
  /** Hands the writes to the database; resolves when they are on the disk. */
  readonly run: () => Promise<unknown>;
  readonly settled: (error?: Error) => void;
}

/** Steps under way: those that arrive while one group is on its way to the disk share the next. */
export interface GroupCommit {
  add(step: Step): void;
  /** What went wrong, if something has: then nothing is taken any more. */
  failure(): Error | undefined;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
}

/**
 * Runs steps in order, one group at a time. A failure fails every step that is under way, since later steps build on
 * earlier ones, and all that come after: a database that could not write is not in a state to be trusted.
 */
export function createGroupCommit(): GroupCommit {
  let waiting: Step[] = [];
  let loop: Promise<void> | undefined;
  let failure: Error | undefined;

  async function commitAll() {
    while (waiting.length > 0) {
      // Whoever was woken by the last group may join the next.
      await new Promise((resolve) => setImmediate(resolve));
      const group = waiting;
      waiting = [];
      const results = await Promise.allSettled(group.map(async ({ run }) => run()));
      failure = results.map(errorOf).find((error) => error !== undefined);
      if (failure) group.push(...waiting.splice(0));
      for (const { settled } of group) settled(failure);
    }
    loop = undefined;
  }

  return {
    add(step) {
      if (failure) return step.settled(failure);
      waiting.push(step);
      loop ??= commitAll();
    },
    failure: () => failure,
    idle: async () => loop,
  };
}

function errorOf(result: PromiseSettledResult<unknown>): Error | undefined {
  if (result.status === 'fulfilled') return undefined;
  const { reason } = result as { readonly reason: unknown };
  return reason instanceof Error ? reason : new Error(String(reason));
}
