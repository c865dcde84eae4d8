import type { Amounts } from '../resources.ts';

/** Sums of amounts that change. */
export interface Sums {
  readonly amounts: Amounts;
  of(resource: string): number;
  add(amounts: Amounts, sign?: 1 | -1): void;
}

export function createSums(): Sums {
  const amounts = new Map<string, number>();
  return {
    amounts,
    of: (resource) => amounts.get(resource) ?? 0,
    add(more, sign = 1) {
      for (const [resource, amount] of more)
        amounts.set(resource, (amounts.get(resource) ?? 0) + sign * amount);
    },
  };
}
