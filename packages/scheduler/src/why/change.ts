import type { KubeObject, Node, Pod, ResourceType } from '@berth/api';
import type { ClusterState } from '../cluster-state.ts';
import { simulate } from '../engine/simulate.ts';
import type { PodInfo } from '../pod-info.ts';

/** What a change does to the cluster. */
export type Edit =
  | { readonly kind: 'pod'; readonly to: (pod: Pod) => Pod }
  | { readonly kind: 'node'; readonly name: string; readonly to: (node: Node) => Node }
  | { readonly kind: 'addNode'; readonly node: Node }
  | { readonly kind: 'removePod'; readonly key: string }
  | { readonly kind: 'setObject'; readonly type: ResourceType; readonly object: KubeObject };

/** One thing that somebody could do so that a pod finds a node. */
export interface Change {
  /** What is done, one word: `AddToleration`, `FreeResource`. */
  readonly kind: string;
  /** The same as a sentence in the imperative. */
  readonly text: string;
  /** Less is easier; 1 is a line in a manifest. */
  readonly effort: number;
  readonly edits: readonly Edit[];
}

/** Answers `work` as if the changes were made; it gets the pod as it would be. The state stays as it is. */
export function tryChanges<T>(
  state: ClusterState,
  pod: Pod,
  changes: readonly Change[],
  work: (pod: PodInfo) => T,
): T {
  return simulate(state, (simulation) => {
    let changed = pod;
    for (const edit of changes.flatMap(({ edits }) => edits)) {
      switch (edit.kind) {
        case 'pod':
          changed = edit.to(changed);
          break;
        case 'node': {
          const node = state.node(edit.name)?.node;
          if (node) simulation.setNode(edit.to(node));
          break;
        }
        case 'addNode':
          simulation.setNode(edit.node);
          break;
        case 'removePod':
          simulation.remove(edit.key);
          break;
        case 'setObject':
          simulation.setObject(edit.type, edit.object);
          break;
      }
    }
    return work(state.podInfo(changed));
  });
}

/** A change to the pod itself. */
export const podChange = (
  kind: string,
  text: string,
  effort: number,
  to: (spec: Pod['spec']) => Pod['spec'],
): Change => ({
  ...{ kind, text, effort },
  edits: [{ kind: 'pod', to: (pod) => ({ ...pod, spec: to(pod.spec) }) }],
});

export const nodeChange = (
  kind: string,
  text: string,
  effort: number,
  name: string,
  to: (node: Node) => Node,
): Change => ({ ...{ kind, text, effort }, edits: [{ kind: 'node', name, to }] });

export const podRemoval = (key: string): Change => ({
  kind: 'RemovePod',
  text: `remove pod ${key}`,
  effort: 3,
  edits: [{ kind: 'removePod', key }],
});
