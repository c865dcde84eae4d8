/** Whether the first of two nodes with equal lots goes before the second. A strict order. */
export type IsAhead = (node: number, other: number) => boolean;

/** Each node of the heap has so many below it, whose lots stand beside each other. */
const fanOut = 8;
/** The front is filled with about one in so many, each time after a look at all of them. */
const share = 32;
/** So many lots tell where that is. */
const samples = 2 * share;

/**
 * Nodes by lot, a whole number; the lowest first. What taking one of very many costs is not the steps but the memory that
 * each has to wait for. So only those with the lowest lots, the front, are kept in order, in a heap that is small enough
 * to be at hand; the others lie in a pile until the front is used up. Adding to the pile and removing from it moves one
 * node, taking the first one from the front as many as the logarithm of the front.
 */
export class Bucket {
  readonly score: number;
  /** By node: the place in the front, or -1 and down from there for the pile. */
  readonly #places: Int32Array;
  readonly #isAhead: IsAhead;
  /** No node is ahead of the one above it. All lots are below the bound. */
  readonly #front: number[] = [];
  readonly #frontLots: number[] = [];
  /** In no order. No lot is below the bound. */
  readonly #pile: number[] = [];
  readonly #pileLots: number[] = [];
  #bound = -Infinity;

  constructor(score: number, places: Int32Array, isAhead: IsAhead) {
    this.score = score;
    this.#places = places;
    this.#isAhead = isAhead;
  }

  get size(): number {
    return this.#front.length + this.#pile.length;
  }

  /** There has to be one, as for its lot. */
  first(): number {
    if (this.#front.length === 0) this.#fillFront();
    return this.#front[0]!;
  }

  firstLot(): number {
    if (this.#front.length === 0) this.#fillFront();
    return this.#frontLots[0]!;
  }

  add(node: number, lot: number): void {
    if (lot < this.#bound) this.#addToFront(node, lot);
    else this.#addToPile(node, lot);
  }

  /** The node has to be there. */
  remove(node: number): void {
    const at = this.#places[node]!;
    if (at < 0) this.#removeFromPile(-1 - at);
    else this.#removeFromFront(at);
  }

  #addToPile(node: number, lot: number): void {
    this.#places[node] = -1 - this.#pile.length;
    this.#pile.push(node);
    this.#pileLots.push(lot);
  }

  #removeFromPile(at: number): void {
    const last = this.#pile.pop()!;
    const lot = this.#pileLots.pop()!;
    if (at === this.#pile.length) return;
    this.#pile[at] = last;
    this.#pileLots[at] = lot;
    this.#places[last] = -1 - at;
  }

  #fillFront(): void {
    this.#bound = boundOf(this.#pileLots);
    for (let at = this.#pile.length - 1; at >= 0; at -= 1) {
      const lot = this.#pileLots[at]!;
      if (lot >= this.#bound) continue;
      const node = this.#pile[at]!;
      this.#removeFromPile(at);
      this.#addToFront(node, lot);
    }
  }

  #addToFront(node: number, lot: number): void {
    this.#front.push(node);
    this.#frontLots.push(lot);
    this.#put(this.#rise(this.#front.length - 1, node, lot), node, lot);
  }

  #removeFromFront(at: number): void {
    const last = this.#front.pop()!;
    const lot = this.#frontLots.pop()!;
    if (at === this.#front.length) return;
    const risen = this.#rise(at, last, lot);
    this.#put(risen < at ? risen : this.#sink(at, last, lot), last, lot);
  }

  #put(at: number, node: number, lot: number): void {
    this.#front[at] = node;
    this.#frontLots[at] = lot;
    this.#places[node] = at;
  }

  #rise(from: number, node: number, lot: number): number {
    let at = from;
    while (at > 0) {
      const above = Math.trunc((at - 1) / fanOut);
      if (!this.#isBefore(node, lot, above)) break;
      this.#put(at, this.#front[above]!, this.#frontLots[above]!);
      at = above;
    }
    return at;
  }

  #sink(from: number, node: number, lot: number): number {
    let at = from;
    for (;;) {
      let first = fanOut * at + 1;
      const end = Math.min(first + fanOut, this.#front.length);
      if (first >= end) return at;
      for (let each = first + 1; each < end; each += 1)
        if (this.#isBefore(this.#front[each]!, this.#frontLots[each]!, first)) first = each;
      if (this.#isBefore(node, lot, first)) return at;
      this.#put(at, this.#front[first]!, this.#frontLots[first]!);
      at = first;
    }
  }

  /** Whether the node goes before the one at a place of the front. */
  #isBefore(node: number, lot: number, at: number): boolean {
    const other = this.#frontLots[at]!;
    return lot === other ? this.#isAhead(node, this.#front[at]!) : lot < other;
  }
}

/** At least one lot is below it; about one in `share` where they are many and differ, and all of few. */
function boundOf(lots: readonly number[]): number {
  if (lots.length <= samples) return lots.reduce((a, b) => Math.max(a, b)) + 1;
  const step = Math.trunc(lots.length / samples);
  const sampled = Float64Array.from({ length: samples }, (_, i) => lots[i * step]!).sort();
  return Math.max(sampled[0]! + 1, sampled[samples / share]!);
}
