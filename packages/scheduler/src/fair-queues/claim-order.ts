import type { Claim } from './queue-terms.ts';

/** Within a queue the higher priority goes first, then who came first. */
export const isAhead = (a: Claim, b: Claim): boolean => compareClaims(a, b) < 0;

export const compareClaims = (a: Claim, b: Claim): number =>
  b.priority - a.priority || a.since - b.since || (a.key < b.key ? -1 : 1);

/** Who has to go first, when some have to. */
export const leastFirst = (a: Claim, b: Claim): number =>
  a.priority - b.priority || b.since - a.since || (a.key < b.key ? 1 : -1);
