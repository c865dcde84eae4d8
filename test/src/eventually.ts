export interface Patience {
  readonly withinMs?: number;
  readonly everyMs?: number;
}

/** Resolves to what `condition` gives once that is true-like; fails when it is not within a few seconds. */
export async function eventually<T>(
  condition: () => T | Promise<T>,
  { withinMs = 8000, everyMs = 10 }: Patience = {},
): Promise<T> {
  const until = Date.now() + withinMs;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > until) throw new Error(`did not come true: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

/** Resolves to what `attempt` gives once it throws no more; fails with what it threw last. */
export async function eventuallyHolds<T>(
  attempt: () => T | Promise<T>,
  { withinMs = 8000, everyMs = 100 }: Patience = {},
): Promise<T> {
  const until = Date.now() + withinMs;
  for (;;) {
    try {
      return await attempt();
    } catch (err) {
      if (Date.now() > until) throw err;
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
