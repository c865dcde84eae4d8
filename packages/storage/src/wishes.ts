import type { Revision } from './storage.ts';

/** Who wants to be told how far a log is when nothing happened that concerns them, by the prefix that they follow. */
export interface Wishes {
  /** To be told once the log, which is at `reached`, has come to `wanted`. */
  add(prefix: string, wanted: Revision, reached: Revision): void;
  /** The log has come to `revision`: whether a wish has come true by that. */
  reach(revision: Revision): boolean;
  /** What followers of this prefix shall have been told of by now. */
  due(prefix: string): Revision;
}

/** Of what is yet to come for one prefix. Anybody may name any revision: the nearest are kept. */
const mostAhead = 64;

/** A wish that will never come true hides no other. With the prefix `''` a wish is everybody's. */
export function createWishes(): Wishes {
  const due = new Map<string, Revision>();
  /** In order, none twice. */
  const ahead = new Map<string, Revision[]>();
  let nearest = Infinity;

  const fulfil = (prefix: string, revision: Revision) =>
    void due.set(prefix, Math.max(due.get(prefix) ?? 0, revision));

  return {
    add(prefix, wanted, reached) {
      if (wanted <= reached) return fulfil(prefix, wanted);
      const waiting = ahead.get(prefix) ?? [];
      if (waiting.includes(wanted)) return;
      ahead.set(prefix, [...waiting, wanted].sort((a, b) => a - b).slice(0, mostAhead));
      nearest = Math.min(nearest, wanted);
    },
    reach(revision) {
      if (revision < nearest) return false;
      nearest = Infinity;
      for (const [prefix, waiting] of ahead) {
        const later = waiting.filter((wanted) => wanted > revision);
        if (later.length < waiting.length) fulfil(prefix, waiting.at(-1 - later.length)!);
        if (later.length > 0) ahead.set(prefix, later);
        else ahead.delete(prefix);
        nearest = Math.min(nearest, later[0] ?? Infinity);
      }
      return true;
    },
    due: (prefix) => Math.max(due.get(prefix) ?? 0, due.get('') ?? 0),
  };
}
