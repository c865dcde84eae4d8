import type { Clock } from '@berth/component-base';

/** The right to be the only one, among those who ask for it, at one key. */
interface Turn<T> {
  /** What the one before left behind. */
  readonly left: T | undefined;
  /** Lets the next one in, who is told what is left now. */
  end(left?: T): void;
}

/** Turns at keys, first come, first served. */
export interface Turns<T> {
  isTaken(key: string): boolean;
  /**
   * Whoever has waited for `patienceMs` goes ahead beside those who have their turn: a turn spares work, and nothing
   * may depend on it.
   */
  take(key: string): Promise<Turn<T>>;
}

interface Line<T> {
  readonly waiting: (() => void)[];
  left: T | undefined;
}

export function createTurns<T>(clock: Pick<Clock, 'after'>, patienceMs: number): Turns<T> {
  const lines = new Map<string, Line<T>>();

  const turnIn = (key: string, line: Line<T>): Turn<T> => ({
    left: line.left,
    end(left) {
      line.left = left ?? line.left;
      const next = line.waiting.shift();
      if (next) next();
      else lines.delete(key);
    },
  });

  return {
    isTaken: (key) => lines.has(key),
    async take(key) {
      const line = lines.get(key);
      if (!line) {
        const fresh = { waiting: [], left: undefined };
        lines.set(key, fresh);
        return turnIn(key, fresh);
      }
      return new Promise((resolve) => {
        const enter = () => {
          cancel();
          resolve(turnIn(key, line));
        };
        const cancel = clock.after(patienceMs, () => {
          line.waiting.splice(line.waiting.indexOf(enter), 1);
          resolve({ left: line.left, end: () => undefined });
        });
        line.waiting.push(enter);
      });
    },
  };
}
