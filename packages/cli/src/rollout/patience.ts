import type { Trouble } from './pod-trouble.ts';

/** How long something that may pass by itself is given to pass. */
const graceMs = 10_000;

/** Tells which trouble ends the waiting: what lasts does at once, what may pass when it has not for a while. */
export type Patience = (troubles: readonly Trouble[], now: number) => Trouble | undefined;

export function createPatience(): Patience {
  const since = new Map<string, number>();
  return (troubles, now) => {
    const present = new Set(troubles.map(keyOf));
    for (const key of since.keys()) if (!present.has(key)) since.delete(key);
    for (const key of present) if (!since.has(key)) since.set(key, now);
    return troubles.find(
      (trouble) => !trouble.mayPass || now - (since.get(keyOf(trouble)) ?? now) >= graceMs,
    );
  };
}

const keyOf = ({ pod, container, reason }: Trouble) =>
  [pod.metadata.uid, container, reason].join('/');
