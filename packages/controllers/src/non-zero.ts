/** Without the counts that are zero: the API leaves those out, and so a status that says so is no change. */
export const nonZero = <T extends object>(
  counts: T,
): { readonly [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(
    Object.entries(counts).filter(([, count]) => count !== 0 && count !== undefined),
  ) as { readonly [K in keyof T]?: Exclude<T[K], undefined> };
