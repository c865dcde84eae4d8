/** Completion indexes as the status of a job writes them: `1,3-5,7`, in ascending order. */
export function formatIndexes(indexes: Iterable<number>): string {
  const runs: { readonly first: number; last: number }[] = [];
  for (const index of [...new Set(indexes)].sort((a, b) => a - b)) {
    const run = runs.at(-1);
    if (run && run.last + 1 === index) run.last = index;
    else runs.push({ first: index, last: index });
  }
  return runs
    .map(({ first, last }) =>
      first === last ? `${first}` : `${first}${last === first + 1 ? ',' : '-'}${last}`,
    )
    .join(',');
}

/** The inverse of `formatIndexes`; what is not below `completions`, or cannot be read, is left out. */
export function parseIndexes(text: string, completions: number): ReadonlySet<number> {
  const indexes = new Set<number>();
  for (const part of text.split(',')) {
    const [first, last = first] = part.split('-').map(Number);
    if (part === '' || first === undefined || last === undefined) continue;
    for (let index = first; index <= Math.min(last, completions - 1); index += 1) {
      indexes.add(index);
    }
  }
  return indexes;
}
