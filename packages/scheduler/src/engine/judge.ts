import { fits } from '../framework.ts';
import type { Verdict } from '../framework.ts';
import type { NodeInfo } from '../node-info.ts';
import type { Opinion } from './opinions.ts';

export interface Judgement {
  readonly verdict: Verdict;
  /** The plugin that refused; empty when all agreed. */
  readonly refusedBy: string;
}

const agreed: Judgement = { verdict: fits, refusedBy: '' };

/** Asks the plugins about one node in order, up to the first refusal. */
export function judge(opinions: readonly Opinion[], node: NodeInfo): Judgement {
  for (const { plugin, filter, partition } of opinions) {
    const own = filter?.(node) ?? fits;
    if (!own.ok) return { verdict: own, refusedBy: plugin.name };
    const shared = partition?.filter?.(partition.cellOf?.(node) ?? 0) ?? fits;
    if (!shared.ok) return { verdict: shared, refusedBy: plugin.name };
  }
  return agreed;
}
