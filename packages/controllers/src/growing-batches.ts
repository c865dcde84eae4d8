/**
 * Runs `task` for 0 to `count - 1` in batches of 1, 2, 4, … as long as all succeed, so that a task that always fails
 * fails once and not a thousand times. Resolves to one entry per task that did not succeed: its error, or undefined when it
 * was never tried.
 */
export async function inGrowingBatches(
  count: number,
  task: (index: number) => Promise<void>,
): Promise<readonly unknown[]> {
  let done = 0;
  for (let size = 1; done < count; size *= 2) {
    const first = done;
    const batch = Math.min(size, count - done);
    const results = await Promise.allSettled(
      Array.from({ length: batch }, (_, i) => task(first + i)),
    );
    done += batch;
    const errors = results.flatMap((r) => (r.status === 'rejected' ? [r.reason as unknown] : []));
    if (errors.length > 0) {
      return [...errors, ...Array.from({ length: count - done }, () => undefined)];
    }
  }
  return [];
}
