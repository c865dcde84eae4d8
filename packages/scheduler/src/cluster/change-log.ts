/** What changed of a node: anything, or nothing but the pods on it. */
type Changed = 'node' | 'pods';

/** Which nodes changed, in order. Readers keep how far they have read and see what came since. */
export interface ChangeLog {
  /** One past the last change. */
  readonly end: number;
  /** The first change that is still there. Who has read less must look at every node. */
  readonly start: number;
  add(node: number, changed: Changed): void;
  /** The node of a change from `start` to before `end`. */
  at(position: number): number;
  isOfPods(position: number): boolean;
}

/** Changes kept at least; more than that and looking at every node is cheaper. */
const keptChanges = 1 << 16;

export function createChangeLog(): ChangeLog {
  /** Each node twice over, and one more when only its pods changed. */
  const ring = new Int32Array(keptChanges);
  let end = 0;
  return {
    get end() {
      return end;
    },
    get start() {
      return Math.max(0, end - keptChanges);
    },
    add(node, changed) {
      ring[end % keptChanges] = 2 * node + Number(changed === 'pods');
      end += 1;
    },
    at: (position) => ring[position % keptChanges]! >> 1,
    isOfPods: (position) => (ring[position % keptChanges]! & 1) === 1,
  };
}
