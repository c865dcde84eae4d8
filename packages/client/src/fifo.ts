/** A queue in the order of arrival; both ends cost the same however long it is. */
export interface Fifo<T> {
  push(item: T): void;
  shift(): T | undefined;
  /** What `shift` would give. */
  peek(): T | undefined;
  readonly size: number;
}

export function createFifo<T>(): Fifo<T> {
  let items: (T | undefined)[] = [];
  let head = 0;
  return {
    push: (item) => void items.push(item),
    shift() {
      const item = items[head];
      if (item === undefined) return undefined;
      items[head++] = undefined;
      // Half of it is gone: what is left moves, once per item at most.
      if (head * 2 > items.length) {
        items = items.slice(head);
        head = 0;
      }
      return item;
    },
    peek: () => items[head],
    get size() {
      return items.length - head;
    },
  };
}
