import { asMilli, asWhole, parseQuantity } from '@berth/api';
import type { Pod } from '@berth/api';

/** Amounts by resource name: cpu in millicores, everything else in its own unit (bytes, pieces). */
export type Amounts = ReadonlyMap<string, number>;

type Quantities = Readonly<Record<string, string>> | undefined;
type Container = Pod['spec']['containers'][number];
type ContainerStatus = NonNullable<NonNullable<Pod['status']>['containerStatuses']>[number];

/** What a container without requests counts as when nodes are scored, so that such pods spread too. */
const scoringDefaults: Amounts = new Map([
  ['cpu', 100],
  ['memory', 200 * 1024 * 1024],
]);
const nothing: Amounts = new Map();

export function amountsOf(quantities: Quantities): Amounts {
  if (!quantities) return nothing;
  return new Map(
    Object.entries(quantities).map(([name, text]) => {
      const quantity = parseQuantity(text);
      return [name, name === 'cpu' ? asMilli(quantity) : asWhole(quantity)];
    }),
  );
}

/**
 * What the pod asks for: the sum of its containers and restartable init containers, or the peak while an init
 * container runs if that is higher; what the pod says as a whole counts instead, and overhead comes on top. While a
 * container is resized in place, the most of what is asked for, allotted and in force counts.
 */
export const podRequests = (pod: Pod): Amounts => requestsOf(pod, nothing);

/** The same for scoring: every container counts for something even when it asks for nothing. */
export const podScoringRequests = (pod: Pod): Amounts => requestsOf(pod, scoringDefaults);

/**
 * The same for a placed pod. Where the pod as a whole asks for something, upstream assumes the defaults only of what
 * nothing in it names.
 */
export function placedScoringRequests(pod: Pod): Amounts {
  if (wholePodRequests(pod).size === 0) return podScoringRequests(pod);
  const named = podRequests(pod);
  return requestsOf(pod, new Map([...scoringDefaults].filter(([name]) => !named.has(name))));
}

function requestsOf(pod: Pod, unsaid: Amounts): Amounts {
  const ofContainer = effectiveRequests(pod);
  const peak = peakOf(pod, (container) => withUnsaid(ofContainer(container), unsaid));
  const whole = wholePodRequests(pod);
  const { overhead } = pod.spec;
  const requests = whole.size === 0 ? peak : new Map([...peak, ...whole]);
  return overhead ? add(requests, amountsOf(overhead)) : requests;
}

function peakOf({ spec }: Pod, ofContainer: (container: Container) => Amounts): Amounts {
  let running: Amounts = nothing;
  let peak: Amounts = nothing;
  for (const container of spec.initContainers ?? []) {
    const own = add(running, ofContainer(container));
    if (container.restartPolicy === 'Always') running = own;
    peak = most(peak, own);
  }
  for (const container of spec.containers) running = add(running, ofContainer(container));
  return most(peak, running);
}

/** Upstream's determineContainerReqs: the status has a say once the node reports what is in force. */
function effectiveRequests({ spec, status }: Pod): (container: Container) => Amounts {
  const statuses = new Map<string, ContainerStatus>();
  for (const each of [
    ...(status?.initContainerStatuses ?? []),
    ...(status?.containerStatuses ?? []),
  ])
    if (each.resources) statuses.set(each.name, each);
  const isInfeasible = (status?.conditions ?? []).some(
    ({ type, reason }) => type === 'PodResizePending' && reason === 'Infeasible',
  );
  const staying = new Set(
    [...(spec.initContainers ?? []).filter(isSidecar), ...spec.containers].map(({ name }) => name),
  );
  return ({ name, resources }) => {
    const asked = amountsOf(resources?.requests);
    const reported = staying.has(name) ? statuses.get(name) : undefined;
    if (!reported) return asked;
    const inForce = most(
      amountsOf(reported.resources?.requests),
      amountsOf(reported.allocatedResources),
    );
    return isInfeasible ? inForce : most(asked, inForce);
  };
}

export const isSidecar = ({ restartPolicy }: Container): boolean => restartPolicy === 'Always';

/** What is said for the pod as a whole; upstream knows cpu, memory and huge pages there. */
function wholePodRequests({ spec }: Pod): Amounts {
  const said = amountsOf(spec.resources?.requests);
  if (said.size === 0) return nothing;
  return new Map(
    [...said].filter(
      ([name]) => name === 'cpu' || name === 'memory' || name.startsWith('hugepages-'),
    ),
  );
}

function withUnsaid(amounts: Amounts, unsaid: Amounts): Amounts {
  return unsaid.size === 0 ? amounts : new Map([...unsaid, ...amounts]);
}

const add = (a: Amounts, b: Amounts) => combine(a, b, (x, y) => x + y);
const most = (a: Amounts, b: Amounts) => combine(a, b, Math.max);

function combine(a: Amounts, b: Amounts, join: (x: number, y: number) => number): Amounts {
  if (a.size === 0) return b;
  if (b.size === 0) return a;
  const result = new Map(a);
  for (const [name, amount] of b) result.set(name, join(result.get(name) ?? 0, amount));
  return result;
}
