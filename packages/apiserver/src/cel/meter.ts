/** Counts the work of evaluations; every spend beyond the limit throws, again and again. */
export interface Meter {
  spend(cost: number): void;
  remaining(): number;
  /** Whether it was ever asked for more than there was. */
  exhausted(): boolean;
}

/** What one expression may cost. */
export const perCallLimit = 1_000_000;

/** What all expressions about one object may cost together. */
export const objectLimit = 10_000_000;

/** What all match conditions of one webhook or policy may cost together. */
export const matchConditionsLimit = 2_500_000;

export function createMeter(limit: number): Meter {
  let left = limit;
  // One error for all throws: loops that swallow errors meet it once per round.
  const error = new Error('operation cancelled: actual cost limit exceeded');
  return {
    spend(cost) {
      left -= cost;
      if (left < 0) throw error;
    },
    remaining: () => Math.max(left, 0),
    exhausted: () => left < 0,
  };
}
