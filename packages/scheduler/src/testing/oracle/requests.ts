import { asMilli, asWhole, parseQuantity } from '@berth/api';
import type { Container, ContainerStatus, Node, Pod } from '@berth/api';
import { podsOn } from './world.ts';
import type { World } from './world.ts';

/** Amounts by resource; cpu in thousandths, everything else whole, both rounded up. */
export type Amounts = Readonly<Record<string, number>>;

type Quantities = Readonly<Record<string, string>> | undefined;

function amountsOf(quantities: Quantities): Amounts {
  const amounts: Record<string, number> = {};
  for (const [name, text] of Object.entries(quantities ?? {})) {
    const quantity = parseQuantity(text);
    amounts[name] = name === 'cpu' ? asMilli(quantity) : asWhole(quantity);
  }
  return amounts;
}

const combine = (a: Amounts, b: Amounts, join: (x: number, y: number) => number): Amounts => {
  const result: Record<string, number> = { ...a };
  for (const [name, amount] of Object.entries(b)) result[name] = join(result[name] ?? 0, amount);
  return result;
};
const plus = (a: Amounts, b: Amounts) => combine(a, b, (x, y) => x + y);
const most = (a: Amounts, b: Amounts) => combine(a, b, (x, y) => Math.max(x, y));

const isInfeasibleResize = ({ status }: Pod) =>
  status?.conditions?.find(({ type }) => type === 'PodResizePending')?.reason === 'Infeasible';

/** While a resize is under way a container holds the most of what it asks for, was granted and has. */
function containerAmounts(
  pod: Pod,
  container: Container,
  statuses: readonly ContainerStatus[] | undefined,
  whereSilent: Amounts,
): Amounts {
  const wanted = amountsOf(container.resources?.requests);
  const status = statuses?.find(({ name }) => name === container.name);
  let amounts = wanted;
  if (status?.resources) {
    const held = most(amountsOf(status.resources.requests), amountsOf(status.allocatedResources));
    amounts = isInfeasibleResize(pod) ? held : most(wanted, held);
  }
  return { ...whereSilent, ...amounts };
}

/** `whereSilent`: what a container counts for where it says nothing about a resource. */
function podAmounts(pod: Pod, whereSilent: Amounts): Amounts {
  const { spec, status } = pod;
  let total: Amounts = {};
  for (const container of spec.containers)
    total = plus(total, containerAmounts(pod, container, status?.containerStatuses, whereSilent));
  let sidecars: Amounts = {};
  let peak: Amounts = {};
  for (const container of spec.initContainers ?? []) {
    const isSidecar = container.restartPolicy === 'Always';
    const statuses = isSidecar ? status?.initContainerStatuses : undefined;
    const own = containerAmounts(pod, container, statuses, whereSilent);
    if (isSidecar) {
      total = plus(total, own);
      sidecars = plus(sidecars, own);
      peak = most(peak, sidecars);
    } else {
      peak = most(peak, plus(sidecars, own));
    }
  }
  total = most(total, peak);
  total = { ...total, ...podLevelAmounts(pod) };
  return plus(total, amountsOf(spec.overhead));
}

function podLevelAmounts({ spec }: Pod): Amounts {
  const requests = amountsOf(spec.resources?.requests);
  return Object.fromEntries(
    Object.entries(requests).filter(
      ([name]) => name === 'cpu' || name === 'memory' || name.startsWith('hugepages-'),
    ),
  );
}

export const requestsOf = (pod: Pod): Amounts => podAmounts(pod, {});

const defaults = { cpu: 100, memory: 200 * 1024 * 1024 };

/** What the pod to be placed counts for when nodes are scored by room. */
export const scoringRequestsOf = (pod: Pod): Amounts => podAmounts(pod, defaults);

/** The same for a placed pod; where the pod as a whole asks for something, only what nobody in it asks for is assumed. */
function scoringRequestsOfPlaced(pod: Pod): Amounts {
  if (Object.keys(podLevelAmounts(pod)).length === 0) return scoringRequestsOf(pod);
  const asked = requestsOf(pod);
  return podAmounts(
    pod,
    Object.fromEntries(Object.entries(defaults).filter(([name]) => !(name in asked))),
  );
}

const sum = (all: readonly Amounts[]): Amounts => all.reduce(plus, {});

export const requestedOn = (node: Node, world: World): Amounts =>
  sum(podsOn(node, world).map(requestsOf));

export const scoringRequestedOn = (node: Node, world: World): Amounts =>
  sum(podsOn(node, world).map(scoringRequestsOfPlaced));

export const allocatableOf = ({ status }: Node): Amounts =>
  amountsOf(status?.allocatable ?? status?.capacity);
