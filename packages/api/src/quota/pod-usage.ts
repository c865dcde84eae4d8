import type { Container, Pod } from '../gen/types.ts';
import { parseTime } from '../time.ts';
import { parseAmounts } from './amounts.ts';
import type { Amounts } from './amounts.ts';
import { podLimits, podRequests } from './pod-resources.ts';

const one = { nanos: 1_000_000_000n, format: 'DecimalSI' } as const;

/** Counted by their request under their own name, too, and by their limit. */
const native = ['cpu', 'memory', 'ephemeral-storage'];

const hugePages = 'hugepages-';

/** What a pod takes of a quota. One that has come to its end is still an object, but takes nothing else. */
export function podUsage(pod: Pod, now: number): Amounts {
  const counted = { 'count/pods': one };
  if (isOver(pod, now)) return counted;
  return { ...counted, ...computeUsage(podRequests(pod), podLimits(pod)) };
}

function isOver({ metadata, status }: Pod, now: number): boolean {
  if (status?.phase === 'Succeeded' || status?.phase === 'Failed') return true;
  const { deletionTimestamp, deletionGracePeriodSeconds } = metadata;
  if (!deletionTimestamp || deletionGracePeriodSeconds === undefined) return false;
  // Its node had all the time that it was given, and has not come back.
  return now > (parseTime(deletionTimestamp) ?? now);
}

function computeUsage(requests: Amounts, limits: Amounts): Amounts {
  const usage: Record<string, (typeof requests)[string]> = { pods: one };
  for (const [name, amount] of Object.entries(requests)) {
    if (native.includes(name) || name.startsWith(hugePages)) usage[name] = amount;
    if (native.includes(name) || name.startsWith(hugePages) || isExtended(name))
      usage[`requests.${name}`] = amount;
  }
  for (const [name, amount] of Object.entries(limits))
    if (native.includes(name)) usage[`limits.${name}`] = amount;
  return usage;
}

/** Resources that others than Kubernetes have named. */
const isExtended = (name: string) => name.includes('/') && !/(^|\.)kubernetes\.io\//.test(name);

/** Quotas on these want every container to say what it needs; on others they do not. */
const mustBeSaid = [
  'cpu',
  'limits.cpu',
  'limits.memory',
  'memory',
  'requests.cpu',
  'requests.memory',
];

/** What containers do not say although a quota on `names` wants it, in upstream's words. */
export function unsaidResources({ spec }: Pod, names: readonly string[]): string | undefined {
  const containers = [...spec.containers, ...(spec.initContainers ?? [])];
  const unsaid = mustBeSaid
    .filter((name) => names.includes(name))
    .flatMap((name) => {
      const silent = containers.filter((container) => !says(container, name));
      const who = [...new Set(silent.map((container) => container.name))].sort();
      return who.length > 0 && !saysPod(spec.resources, name)
        ? [`${name} for: ${who.join(',')}`]
        : [];
    });
  return unsaid.length > 0 ? `must specify ${unsaid.join('; ')}` : undefined;
}

type Resources = Container['resources'];

const says = ({ resources }: Container, name: string) => saysPod(resources, name);

const saysPod = (resources: Resources, name: string): boolean =>
  Object.hasOwn(
    computeUsage(parseAmounts(resources?.requests), parseAmounts(resources?.limits)),
    name,
  );
