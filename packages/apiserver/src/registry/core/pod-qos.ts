import type { PodSpec, ResourceRequirements } from '@berth/api';
import { parseQuantity } from '@berth/api';

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

/** How firmly a pod holds its resources: who is killed first when a node runs out. */
export function qosClassOf(spec: PodSpec): QosClass {
  const wanted = spec.resources
    ? [spec.resources]
    : [...spec.containers, ...(spec.initContainers ?? [])].map(({ resources = {} }) => resources);
  const requests = total(wanted, 'requests');
  const limits = total(wanted, 'limits');
  if (requests.size === 0 && limits.size === 0) return 'BestEffort';
  const guaranteed =
    wanted.every(limitsBoth) &&
    requests.size === limits.size &&
    [...requests].every(([name, amount]) => limits.get(name) === amount);
  return guaranteed ? 'Guaranteed' : 'Burstable';
}

const computed = ['cpu', 'memory'] as const;

const limitsBoth = ({ limits = {} }: ResourceRequirements) =>
  computed.every((name) => amountOf(limits[name]) > 0n);

/** Sums by resource; what nobody asked for is absent. */
function total(
  wanted: readonly ResourceRequirements[],
  kind: 'requests' | 'limits',
): ReadonlyMap<string, bigint> {
  const sums = new Map<string, bigint>();
  for (const resources of wanted) {
    for (const name of computed) {
      const amount = amountOf(resources[kind]?.[name]);
      if (amount > 0n) sums.set(name, (sums.get(name) ?? 0n) + amount);
    }
  }
  return sums;
}

const amountOf = (text: string | undefined) =>
  text === undefined ? 0n : parseQuantity(text).nanos;
