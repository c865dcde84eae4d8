/** A flag that may be given several times, or once with commas. */
export const collect = (value: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  ...value.split(','),
];
