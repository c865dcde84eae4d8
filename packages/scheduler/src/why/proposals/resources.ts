import type { Node, Pod } from '@berth/api';
import { amountsOf, podRequests } from '../../resources.ts';
import { amountText } from '../amount-text.ts';
import { nodeChange } from '../change.ts';
import type { Change } from '../change.ts';
import { withSpec } from '../obstacle.ts';
import type { Obstacle, Propose } from '../obstacle.ts';

/** NodeResourcesFit: more room on the node, or a pod that asks for less. */
export const proposeForResources: Propose = ({ pod, node }) => {
  const short = [...pod.shape.requests].flatMap(([resource, requested]): Obstacle[] => {
    const capacity = node.allocatable(resource);
    const free = capacity - node.requested(resource);
    if (requested <= 0 || requested <= free) return [];
    const missing = requested - free;
    return [
      {
        alternatives: [
          makeRoom(node.name, resource, missing, requested),
          ...(free > 0 ? [askForLess(resource, requested, free)] : []),
        ],
      },
    ];
  });
  const isFull = node.pods.length + 1 > node.allocatable('pods');
  return isFull ? [{ alternatives: [makePlace(node.name)] }, ...short] : short;
};

/** What is missing counts by how much of the pod it is: a little is easier to find than all of it. */
const effortOf = (missing: number, requested: number) => missing / requested;

function makeRoom(name: string, resource: string, missing: number, requested: number): Change {
  return nodeChange(
    'FreeResource',
    `free ${amountText(resource, missing)} of ${resource} on node ${name}, or add as much to it`,
    1.5 + effortOf(missing, requested),
    name,
    (node) => raise(node, resource, missing),
  );
}

const makePlace = (name: string): Change =>
  nodeChange(
    'FreeResource',
    `have one pod fewer on node ${name}, or let it take one more`,
    2,
    name,
    (node) => raise(node, 'pods', 1),
  );

function raise(node: Node, resource: string, by: number): Node {
  const known = node.status?.allocatable ?? node.status?.capacity ?? {};
  const sum = (amountsOf(known).get(resource) ?? 0) + by;
  return {
    ...node,
    status: { ...node.status, allocatable: { ...known, [resource]: amountText(resource, sum) } },
  };
}

function askForLess(resource: string, requested: number, free: number): Change {
  const missing = amountText(resource, requested - free);
  const [less, now] = [free, requested].map((amount) => amountText(resource, amount));
  return {
    kind: 'LowerRequest',
    text: `ask for ${missing} of ${resource} less: ${less} instead of ${now}`,
    effort: 1.4 + effortOf(requested - free, requested),
    edits: [{ kind: 'pod', to: (pod) => lowered(pod, resource, free) }],
  };
}

type Container = Pod['spec']['containers'][number];
type Quantities = Readonly<Record<string, string>>;

/** The pod with requests cut, the largest first, until all of them together are no more than `most`. */
function lowered(pod: Pod, resource: string, most: number): Pod {
  const over = (of: Pod) => (podRequests(of).get(resource) ?? 0) - most;
  const whole = pod.spec.resources?.requests;
  if (whole?.[resource] !== undefined) {
    const requests = cut(whole, resource, over(pod));
    return withSpec(pod, { resources: { ...pod.spec.resources, requests } });
  }
  let result = pod;
  for (const list of ['containers', 'initContainers'] as const) {
    const bySize = (pod.spec[list] ?? [])
      .map(({ resources }, i) => ({ i, amount: amountsOf(resources?.requests).get(resource) ?? 0 }))
      .sort((a, b) => b.amount - a.amount);
    for (const { i } of bySize) {
      const by = over(result);
      if (by <= 0) return result;
      const containers = (result.spec[list] ?? []).map((container, at) =>
        at === i ? cutContainer(container, resource, by) : container,
      );
      result = withSpec(result, { [list]: containers });
    }
  }
  return result;
}

function cutContainer(container: Container, resource: string, by: number): Container {
  const requests = cut(container.resources?.requests ?? {}, resource, by);
  return { ...container, resources: { ...container.resources, requests } };
}

function cut(requests: Quantities, resource: string, by: number): Quantities {
  const now = amountsOf(requests).get(resource);
  if (now === undefined) return requests;
  return { ...requests, [resource]: amountText(resource, Math.max(0, now - by)) };
}
