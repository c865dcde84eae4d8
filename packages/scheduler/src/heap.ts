/** An item that knows where its heap keeps it; no heap keeps it while `slot` is -1. An item is in one heap at a time. */
export interface HeapItem {
  slot: number;
}

/** A binary heap whose items can be taken out wherever they are. */
export interface Heap<T extends HeapItem> {
  push(item: T): void;
  /** The item that `before` puts ahead of all others. */
  pop(): T | undefined;
  peek(): T | undefined;
  /** Does nothing when the item is in no heap. */
  remove(item: T): void;
  readonly size: number;
}

export function createHeap<T extends HeapItem>(before: (a: T, b: T) => boolean): Heap<T> {
  const items: T[] = [];

  const put = (item: T, slot: number) => {
    items[slot] = item;
    item.slot = slot;
  };
  const rise = (item: T, start: number) => {
    let slot = start;
    while (slot > 0) {
      const parent = (slot - 1) >> 1;
      if (!before(item, items[parent]!)) break;
      put(items[parent]!, slot);
      slot = parent;
    }
    put(item, slot);
  };
  const sink = (item: T, start: number) => {
    let slot = start;
    for (;;) {
      const left = 2 * slot + 1;
      if (left >= items.length) break;
      const right = left + 1;
      const first = right < items.length && before(items[right]!, items[left]!) ? right : left;
      if (!before(items[first]!, item)) break;
      put(items[first]!, slot);
      slot = first;
    }
    put(item, slot);
  };
  const remove = (item: T) => {
    const { slot } = item;
    if (slot < 0) return;
    item.slot = -1;
    const last = items.pop()!;
    if (last === item) return;
    if (slot > 0 && before(last, items[(slot - 1) >> 1]!)) rise(last, slot);
    else sink(last, slot);
  };

  return {
    push: (item) => rise(item, items.push(item) - 1),
    pop() {
      const [top] = items;
      if (top) remove(top);
      return top;
    },
    peek: () => items[0],
    remove,
    get size() {
      return items.length;
    },
  };
}
