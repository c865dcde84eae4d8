/** What upstream's default profile scores nodes by, each with weight 1. */
export const scoredResources = ['cpu', 'memory'] as const;

/** 0 for an empty list. */
export const mean = (values: readonly number[]): number =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
