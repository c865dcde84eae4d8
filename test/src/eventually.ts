const boundMs = 8000;
const pollMs = 10;

/** Resolves once `condition` holds; fails when it does not within a few seconds. */
export async function eventually(condition: () => unknown): Promise<void> {
  const until = Date.now() + boundMs;
  while (!(await condition())) {
    if (Date.now() > until) throw new Error(`did not come true: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}
