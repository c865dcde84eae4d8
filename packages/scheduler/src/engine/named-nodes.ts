import { unresolvable } from '../framework.ts';
import type { Plugin, Refusal } from '../framework.ts';
import type { PodInfo } from '../pod-info.ts';
import { countReasons } from './choose.ts';
import type { Decision } from './decision.ts';

/** The only nodes in question for a pod that names them, and which plugins say so. */
export interface NamedNodes {
  readonly names: ReadonlySet<string>;
  readonly plugins: readonly string[];
}

/** Undefined when every node is in question. Names of nodes that there are not may be among them. */
export function namedNodes(pod: PodInfo, plugins: readonly Plugin[]): NamedNodes | undefined {
  let named: NamedNodes | undefined;
  for (const { name, only } of plugins) {
    const names = only?.(pod);
    if (!names) continue;
    named = named
      ? { names: both(named.names, names), plugins: [...named.plugins, name] }
      : { names, plugins: [name] };
  }
  return named;
}

/** A decision over the named nodes, with what is to be said of the others. */
export function withUnnamed(decision: Decision, named: NamedNodes, nodeCount: number): Decision {
  if (decision.kind === 'bind') return decision;
  const reasons = new Map(decision.reasons);
  const others = nodeCount - decision.nodeCount;
  if (others > 0) countReasons(reasons, unnamed(named), others);
  const refusedBy = new Set([...decision.refusedBy, ...(others > 0 ? named.plugins : [])]);
  return { ...decision, nodeCount, reasons, refusedBy };
}

/** What is said of every other node. */
export const unnamed = ({ plugins }: NamedNodes): Refusal =>
  unresolvable(`node(s) didn't satisfy plugin(s) [${plugins.toSorted().join(' ')}]`);

const both = (a: ReadonlySet<string>, b: ReadonlySet<string>): ReadonlySet<string> =>
  new Set([...a].filter((name) => b.has(name)));
