import type { Amounts } from '../resources.ts';

/** One resource over all nodes, by node index. */
export interface Column {
  allocatable: Float64Array;
  requested: Float64Array;
  /** As `requested`, but every container counts for something. Differs for cpu and memory only. */
  scoringRequested: Float64Array;
}

/** The amounts of all nodes: one array per resource and kind, so that going over all nodes reads memory in order. */
export interface Columns {
  /** The column of a resource; nodes that know nothing of it have 0. */
  of(resource: string): Column;
  setAllocatable(node: number, amounts: Amounts): void;
  add(node: number, requests: Amounts, scoringRequests: Amounts, sign: 1 | -1): void;
  /** Makes room for so many nodes. */
  reserve(capacity: number): void;
}

export function createColumns(): Columns {
  const columns = new Map<string, Column>();
  let capacity = 0;

  const of = (resource: string): Column => {
    let column = columns.get(resource);
    if (!column) {
      const requested = new Float64Array(capacity);
      const isScored = resource === 'cpu' || resource === 'memory';
      column = {
        allocatable: new Float64Array(capacity),
        requested,
        scoringRequested: isScored ? new Float64Array(capacity) : requested,
      };
      columns.set(resource, column);
    }
    return column;
  };

  return {
    of,
    setAllocatable(node, amounts) {
      for (const column of columns.values()) column.allocatable[node] = 0;
      for (const [resource, amount] of amounts) of(resource).allocatable[node] = amount;
    },
    add(node, requests, scoringRequests, sign) {
      for (const [resource, amount] of requests) of(resource).requested[node]! += sign * amount;
      for (const resource of ['cpu', 'memory'])
        of(resource).scoringRequested[node]! += sign * (scoringRequests.get(resource) ?? 0);
    },
    reserve(wanted) {
      if (wanted <= capacity) return;
      capacity = Math.max(64, wanted, Math.ceil(capacity * 1.5));
      for (const column of columns.values()) {
        const isShared = column.scoringRequested === column.requested;
        column.allocatable = grown(column.allocatable, capacity);
        column.requested = grown(column.requested, capacity);
        column.scoringRequested = isShared
          ? column.requested
          : grown(column.scoringRequested, capacity);
      }
    },
  };
}

function grown(array: Float64Array, capacity: number): Float64Array {
  const result = new Float64Array(capacity);
  result.set(array);
  return result;
}
