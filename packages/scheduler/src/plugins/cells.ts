/** Numbers lists of small numbers, equal lists alike. */
export interface Cells {
  of(parts: readonly number[]): number;
  at(id: number): readonly number[];
}

export function createCells(): Cells {
  const lists: (readonly number[])[] = [];
  const root = new Map<number, unknown>();
  return {
    of(parts) {
      let at = root;
      for (let i = 0; i < parts.length - 1; i += 1) {
        let next = at.get(parts[i]!) as Map<number, unknown> | undefined;
        if (!next) at.set(parts[i]!, (next = new Map()));
        at = next;
      }
      const last = parts.at(-1) ?? 0;
      let id = at.get(last) as number | undefined;
      if (id === undefined) {
        id = lists.length;
        lists.push([...parts]);
        at.set(last, id);
      }
      return id;
    },
    at: (id) => lists[id]!,
  };
}
