import type { Refusal } from '../framework.ts';

/** A refusal with who said it. */
export interface Refused {
  readonly plugin: string;
  /** The place of the plugin in the order in which they are asked. */
  readonly order: number;
  readonly refusal: Refusal;
}

/** Gives refusals small numbers from 1 on, equal ones for refusals by one plugin that say the same. */
export interface Refusals {
  codeOf(plugin: string, order: number, refusal: Refusal): number;
  at(code: number): Refused;
}

export function createRefusals(): Refusals {
  const known: Refused[] = [];
  const byContent = new Map<string, number>();
  /** Plugins mostly answer with the same object again. */
  const byIdentity = new WeakMap<Refusal, { readonly order: number; readonly code: number }>();
  return {
    codeOf(plugin, order, refusal) {
      const seen = byIdentity.get(refusal);
      if (seen?.order === order) return seen.code;
      const content = JSON.stringify([order, refusal.resolvable, refusal.reasons]);
      let code = byContent.get(content);
      if (code === undefined) {
        known.push({ plugin, order, refusal });
        code = known.length;
        byContent.set(content, code);
      }
      byIdentity.set(refusal, { order, code });
      return code;
    },
    at: (code) => known[code - 1]!,
  };
}
