import type { Clock } from '@berth/component-base';
import type { Revision } from './storage.ts';

/** Remembers about when which revision was the newest. */
export interface Timeline {
  /** The newest revision right now. */
  note(revision: Revision): void;
  /** What was the newest revision at least the time of the window ago; undefined while that is not known. */
  before(): Revision | undefined;
}

/** Revisions are told apart to a part of the window: it does not grow with what happens. */
export const timelineParts = 5;

export function createTimeline(first: Revision, clock: Clock, windowMs: number): Timeline {
  let marks = [{ at: clock.monotonic(), revision: first }];
  return {
    note(revision) {
      const at = clock.monotonic();
      if (at - marks.at(-1)!.at >= windowMs / timelineParts) marks = [...marks, { at, revision }];
    },
    before() {
      const until = clock.monotonic() - windowMs;
      const old = marks.findLastIndex(({ at }) => at <= until);
      if (old > 0) marks = marks.slice(old);
      return old < 0 ? undefined : marks[0]!.revision;
    },
  };
}
