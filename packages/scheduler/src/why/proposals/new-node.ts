import type { Node } from '@berth/api';
import type { PodInfo } from '../../pod-info.ts';
import { amountText } from '../amount-text.ts';
import type { Change } from '../change.ts';

const name = 'another-node';

/** A node that has what the pod asks for, and nothing else. */
export function newNodeFor({ shape }: PodInfo): Change {
  const { nodeSelector = {}, affinity, topologySpreadConstraints = [] } = shape.pod.spec;
  const [term] =
    affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  const wanted = (term?.matchExpressions ?? []).flatMap(({ key, operator, values = [] }) =>
    operator === 'In' || operator === 'Exists' ? [[key, values[0] ?? 'true'] as const] : [],
  );
  const amounts = [...shape.requests].filter(([, amount]) => amount > 0);
  const allocatable = Object.fromEntries(
    amounts.map(([resource, amount]) => [resource, amountText(resource, amount)]),
  );
  const labels = {
    ...Object.fromEntries(topologySpreadConstraints.map(({ topologyKey }) => [topologyKey, name])),
    'kubernetes.io/hostname': name,
    ...Object.fromEntries(wanted),
    ...nodeSelector,
  };
  const node: Node = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, uid: name, resourceVersion: '', creationTimestamp: '', labels },
    spec: {},
    status: { allocatable: { pods: '110', ...allocatable } },
  };
  const room = amounts.map(
    ([resource, amount]) => `${amountText(resource, amount)} of ${resource}`,
  );
  const text = `add a node${room.length > 0 ? ` with ${room.join(' and ')} free` : ''}`;
  return { kind: 'AddNode', text, effort: 5, edits: [{ kind: 'addNode', node }] };
}
