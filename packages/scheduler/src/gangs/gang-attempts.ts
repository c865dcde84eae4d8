/**
 * What became of gangs whose binds are under way. Binds of one gang can fail one by one, and then those that were bound
 * hold places that the gang cannot use; they may do so until a time-out, and have to go then.
 */
interface GangAttempts {
  /** The pods were given their places at `now`; `needed` of them have to get there. */
  begin(gang: string, needed: number, now: number): void;
  bound(gang: string, podKey: string): void;
  /** A bound pod that went by itself does not hold its place any more. */
  gone(gang: string, podKey: string): void;
  /** Gangs that did not get what they need within the time, with the pods that hold places for nothing; they are forgotten. */
  expire(now: number): readonly { readonly gang: string; readonly pods: readonly string[] }[];
  /** When the next one expires; undefined when all have what they need. */
  readonly nextExpiry: number | undefined;
}

interface Attempt {
  needed: number;
  readonly since: number;
  readonly bound: Set<string>;
}

export function createGangAttempts(timeoutMs: number): GangAttempts {
  const attempts = new Map<string, Attempt>();
  return {
    begin(gang, needed, now) {
      const before = attempts.get(gang);
      // What an earlier attempt holds counts, and so does how long it has held it.
      if (before) before.needed = Math.max(before.needed, before.bound.size + needed);
      else if (needed > 0) attempts.set(gang, { needed, since: now, bound: new Set() });
    },
    bound(gang, podKey) {
      const attempt = attempts.get(gang);
      if (!attempt) return;
      attempt.bound.add(podKey);
      if (attempt.bound.size >= attempt.needed) attempts.delete(gang);
    },
    gone: (gang, podKey) => void attempts.get(gang)?.bound.delete(podKey),
    expire(now) {
      const late = [...attempts].filter(([, { since }]) => now - since >= timeoutMs);
      for (const [gang] of late) attempts.delete(gang);
      return late.map(([gang, { bound }]) => ({ gang, pods: [...bound] }));
    },
    get nextExpiry() {
      const starts = [...attempts.values()].map(({ since }) => since);
      return starts.length === 0 ? undefined : Math.min(...starts) + timeoutMs;
    },
  };
}
