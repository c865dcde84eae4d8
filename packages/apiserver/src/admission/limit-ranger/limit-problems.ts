import {
  asNumber,
  compareQuantities,
  formatQuantity,
  parseAmounts,
  podLimits,
  podRequests,
} from '@berth/api';
import type {
  Amounts,
  LimitRange,
  LimitRangeItem,
  PersistentVolumeClaim,
  Pod,
  Quantity,
} from '@berth/api';

interface Asked {
  readonly requests: Amounts;
  readonly limits: Amounts;
}

/** What of a pod and its containers is out of the bounds of a range, in upstream's words. */
export function podProblems(pod: Pod, { spec: { limits } }: LimitRange): readonly string[] {
  const containers = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].map(
    ({ resources }) => ({
      requests: parseAmounts(resources?.requests),
      limits: parseAmounts(resources?.limits),
    }),
  );
  const whole = { requests: podRequests(pod), limits: podLimits(pod) };
  return limits.flatMap((limit) => {
    if (limit.type === 'Container') return containers.flatMap((asked) => problemsOf(limit, asked));
    return limit.type === 'Pod' ? problemsOf(limit, whole) : [];
  });
}

/** The same for the storage that a claim asks for. Claims know no limits. */
export function claimProblems(
  { spec: { resources } }: PersistentVolumeClaim,
  { spec: { limits } }: LimitRange,
): readonly string[] {
  const requests = parseAmounts(resources?.requests);
  return limits
    .filter(({ type }) => type === 'PersistentVolumeClaim')
    .flatMap(({ type, min, max }) => [
      ...each(min, (name, bound) => belowMin(type, name, bound, requests[name], undefined)),
      ...each(max, (name, bound) => requestAboveMax(type, name, bound, requests[name])),
    ]);
}

const problemsOf = (
  { type, min, max, maxLimitRequestRatio }: LimitRangeItem,
  { requests, limits }: Asked,
): readonly string[] => [
  ...each(min, (name, bound) => belowMin(type, name, bound, requests[name], limits[name])),
  ...each(max, (name, bound) => aboveMax(type, name, bound, requests[name], limits[name])),
  ...each(maxLimitRequestRatio, (name, bound) =>
    aboveRatio(type, name, bound, requests[name], limits[name]),
  ),
];

type Judge = (name: string, bound: Quantity) => string | undefined;

const each = (bounds: Readonly<Record<string, string>> | undefined, judge: Judge) =>
  Object.entries(parseAmounts(bounds))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, bound]) => judge(name, bound) ?? []);

type Amount = Quantity | undefined;

function belowMin(
  type: string,
  name: string,
  bound: Quantity,
  request: Amount,
  limit: Amount,
): string | undefined {
  const rule = `minimum ${name} usage per ${type} is ${formatQuantity(bound)}`;
  if (!request) return `${rule}.  No request is specified`;
  if (isLess(request, bound)) return `${rule}, but request is ${formatQuantity(request)}`;
  return limit && isLess(limit, bound)
    ? `${rule}, but limit is ${formatQuantity(limit)}`
    : undefined;
}

function aboveMax(
  type: string,
  name: string,
  bound: Quantity,
  request: Amount,
  limit: Amount,
): string | undefined {
  const rule = `maximum ${name} usage per ${type} is ${formatQuantity(bound)}`;
  if (!limit) return `${rule}.  No limit is specified`;
  if (isLess(bound, limit)) return `${rule}, but limit is ${formatQuantity(limit)}`;
  return requestAboveMax(type, name, bound, request);
}

const requestAboveMax = (type: string, name: string, bound: Quantity, request: Amount) =>
  request && isLess(bound, request)
    ? `maximum ${name} usage per ${type} is ${formatQuantity(bound)}, but request is ${formatQuantity(request)}`
    : undefined;

function aboveRatio(
  type: string,
  name: string,
  bound: Quantity,
  request: Amount,
  limit: Amount,
): string | undefined {
  const rule = `${name} max limit to request ratio per ${type} is ${formatQuantity(bound)}`;
  if (!request || request.nanos === 0n)
    return `${rule}, but no request is specified or request is 0`;
  if (!limit || limit.nanos === 0n) return `${rule}, but no limit is specified or limit is 0`;
  const ratio = asNumber(limit) / asNumber(request);
  return ratio > asNumber(bound) ? `${rule}, but provided ratio is ${ratio.toFixed(6)}` : undefined;
}

const isLess = (a: Quantity, b: Quantity) => compareQuantities(a, b) < 0;
