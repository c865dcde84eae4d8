import { createClusterState } from '../cluster-state.ts';
import { fits } from '../framework.ts';
import type { Plugin, Verdict } from '../framework.ts';
import type { NodeInfo } from '../node-info.ts';
import type { Answer, Change, Message } from './protocol.ts';

/** Keeps a copy of the cluster's state and asks the plugin about it. Changes have no answer. */
export function servePlugin(plugin: Plugin): (message: Message) => Answer | undefined {
  const state = createClusterState();
  const slots = new Map<string, number>();
  const apply = (change: Change): void => {
    switch (change.kind) {
      case 'setNode':
        slots.set(change.node.metadata.name, change.slot);
        return state.setNode(change.node);
      case 'removeNode':
        slots.delete(change.name);
        return state.removeNode(change.name);
      case 'setObject':
      case 'removeObject':
        return state[change.kind](change.type, change.object);
      case 'assume':
      case 'addPod':
      case 'nominate':
        return state[change.kind](state.podInfo(change.pod), change.nodeName);
      case 'forget':
      case 'removePod':
      case 'unnominate':
        return state[change.kind](change.key);
    }
  };
  const numbered = function* (): Iterable<readonly [number, NodeInfo]> {
    for (const node of state.nodes()) yield [slots.get(node.name)!, node];
  };
  const size = () => Math.max(0, ...slots.values()) + 1;

  const verdicts = (pod: Parameters<NonNullable<Plugin['filter']>>[0]): Answer => {
    const filter = plugin.filter?.(pod, state);
    if (!filter) return { kind: 'verdicts', answer: undefined };
    const codes = new Uint16Array(size());
    const known = new Map<string, number>();
    const found: Verdict[] = [];
    for (const [slot, node] of numbered()) {
      const verdict = plain(filter(node));
      const text = JSON.stringify(verdict);
      let code = known.get(text);
      if (code === undefined) {
        code = found.push(verdict) - 1;
        known.set(text, code);
      }
      codes[slot] = code;
    }
    return { kind: 'verdicts', answer: { codes, verdicts: found } };
  };
  const scores = (pod: Parameters<NonNullable<Plugin['filter']>>[0]): Answer => {
    const score = plugin.score?.prepare(pod, state);
    if (!score) return { kind: 'scores', answer: undefined };
    const all = new Float64Array(size());
    for (const [slot, node] of numbered()) all[slot] = score(node);
    return { kind: 'scores', answer: all };
  };

  return (message) => {
    switch (message.kind) {
      case 'filter':
        return verdicts(state.podInfo(message.pod));
      case 'score':
        return scores(state.podInfo(message.pod));
      case 'normalize': {
        const all = [...message.scores];
        plugin.score?.normalize?.(all);
        return { kind: 'normalized', answer: all };
      }
      default:
        apply(message);
        return undefined;
    }
  };
}

/** What the plugin said, without anything that it may have put there beside. */
function plain(verdict: Verdict): Verdict {
  if (verdict.ok) return fits;
  const { reasons, resolvable } = verdict;
  return { ok: false, reasons: reasons.map(String), resolvable };
}
