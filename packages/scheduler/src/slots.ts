/** A bound on how much is under way at once. */
export interface Slots {
  /** Counts the work until it ends; false when there is no room for more. The work must not reject. */
  take(work: Promise<void>): boolean;
  /** Resolves when there is room. One caller at a time. */
  free(): Promise<void>;
  /** Resolves when nothing is under way. */
  done(): Promise<void>;
}

export function createSlots(size: number): Slots {
  let used = 0;
  let wake: (() => void) | undefined;
  const below = async (limit: number) => {
    while (used >= limit) await new Promise<void>((resolve) => (wake = resolve));
  };
  const gaveBack = () => {
    used -= 1;
    wake?.();
    wake = undefined;
  };
  return {
    take(work) {
      used += 1;
      void work.then(gaveBack);
      return used < size;
    },
    free: () => below(size),
    done: () => below(1),
  };
}
