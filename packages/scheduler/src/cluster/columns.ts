import type { Amounts } from '../resources.ts';

/** One resource over all nodes, by node index. */
export interface Column {
  allocatable(node: number): number;
  requested(node: number): number;
  /** As `requested`, but every container counts for something. Differs for cpu and memory only. */
  scoringRequested(node: number): number;
}

/** The amounts of all nodes, by resource: what is asked about a node and a resource is in one place in memory. */
export interface Columns {
  /** The column of a resource; nodes that know nothing of it have 0. */
  of(resource: string): Column;
  setAllocatable(node: number, amounts: Amounts): void;
  add(node: number, requests: Amounts, scoringRequests: Amounts, sign: 1 | -1): void;
  /** Makes room for so many nodes. */
  reserve(capacity: number): void;
}

/** So many numbers per node, the last of them idle: 32 bytes lie in one line of a processor's cache, 24 may lie in two. */
const stride = 4;
const requestedAt = 1;
const scoringRequestedAt = 2;

class KeptColumn implements Column {
  #values: Float64Array;
  readonly #scoringAt: number;

  constructor(capacity: number, isScored: boolean) {
    this.#values = new Float64Array(stride * capacity);
    this.#scoringAt = isScored ? scoringRequestedAt : requestedAt;
  }

  allocatable(node: number): number {
    return this.#values[stride * node]!;
  }

  requested(node: number): number {
    return this.#values[stride * node + requestedAt]!;
  }

  scoringRequested(node: number): number {
    return this.#values[stride * node + this.#scoringAt]!;
  }

  setAllocatable(node: number, amount: number): void {
    this.#values[stride * node] = amount;
  }

  add(node: number, amount: number): void {
    this.#values[stride * node + requestedAt]! += amount;
  }

  addScoring(node: number, amount: number): void {
    this.#values[stride * node + scoringRequestedAt]! += amount;
  }

  reserve(capacity: number): void {
    const values = new Float64Array(stride * capacity);
    values.set(this.#values);
    this.#values = values;
  }
}

export function createColumns(): Columns {
  const columns = new Map<string, KeptColumn>();
  let capacity = 0;

  const of = (resource: string): KeptColumn => {
    let column = columns.get(resource);
    if (!column) {
      column = new KeptColumn(capacity, resource === 'cpu' || resource === 'memory');
      columns.set(resource, column);
    }
    return column;
  };
  const [cpu, memory] = [of('cpu'), of('memory')];

  return {
    of,
    setAllocatable(node, amounts) {
      for (const column of columns.values()) column.setAllocatable(node, 0);
      for (const [resource, amount] of amounts) of(resource).setAllocatable(node, amount);
    },
    add(node, requests, scoringRequests, sign) {
      for (const [resource, amount] of requests) of(resource).add(node, sign * amount);
      cpu.addScoring(node, sign * (scoringRequests.get('cpu') ?? 0));
      memory.addScoring(node, sign * (scoringRequests.get('memory') ?? 0));
    },
    reserve(wanted) {
      if (wanted <= capacity) return;
      capacity = Math.max(64, wanted, Math.ceil(capacity * 1.5));
      for (const column of columns.values()) column.reserve(capacity);
    },
  };
}
