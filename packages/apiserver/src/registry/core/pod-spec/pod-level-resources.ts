import type { Container, FieldError, PodSpec, Quantity } from '@berth/api';
import {
  addQuantities,
  compareQuantities,
  formatQuantity,
  invalidValue,
  parseQuantity,
} from '@berth/api';
import type { Given } from '../given.ts';

type Sums = ReadonlyMap<string, Quantity>;

/** What a pod as a whole may be given. */
export const isPodLevelResource = (name: string): boolean =>
  name === 'cpu' || name === 'memory' || name.startsWith('hugepages-');

/** A pod with limits of its own asks for what its containers ask for together, or else for its limits. */
export function defaultPodRequests(spec: PodSpec): PodSpec {
  const { resources } = spec;
  if (!resources?.limits || Object.keys(resources.limits).length === 0) return spec;
  const asked = [...requestsOf(spec)]
    .filter(([name]) => name === 'cpu' || name === 'memory')
    .map(([name, sum]) => [name, formatQuantity(sum)] as const);
  const limits = Object.entries(resources.limits).filter(([name]) => isPodLevelResource(name));
  const requests = {
    ...Object.fromEntries(limits),
    ...Object.fromEntries(asked),
    ...resources.requests,
  };
  return { ...spec, resources: { ...resources, requests } };
}

/** The containers together may not ask for more than the pod, and none may use more than the pod. */
export function checkContainersFit(path: string, spec: Given<PodSpec>): readonly FieldError[] {
  const { requests = {}, limits = {} } = spec.resources ?? {};
  return [
    ...[...requestsOf(spec)].flatMap(([name, sum]) => {
      const given = requests[name] ?? '0';
      const why = `must be greater than or equal to aggregate container requests of ${formatQuantity(sum)}`;
      return compareQuantities(sum, parseQuantity(given)) > 0
        ? [invalidValue(`${path}.requests[${name}]`, given, why)]
        : [];
    }),
    ...(spec.containers ?? []).flatMap(({ resources }, i) =>
      Object.entries(resources?.limits ?? {}).flatMap(([name, limit]) => {
        const most = limits[name];
        if (most === undefined) return [];
        const why = `must be less than or equal to pod limits of ${most}`;
        return compareQuantities(parseQuantity(limit), parseQuantity(most)) > 0
          ? [invalidValue(`${path}.containers[${i}][${name}].limits`, limit, why)]
          : [];
      }),
    ),
  ];
}

/**
 * What the containers of a pod ask for together. Sidecars run beside everything after them; the other init
 * containers run one at a time, before the containers.
 */
function requestsOf({ containers = [], initContainers = [] }: Given<PodSpec>): Sums {
  let beside: Sums = new Map();
  let peak: Sums = new Map();
  for (const container of initContainers) {
    const own = sumsOf(container);
    if (container.restartPolicy === 'Always') beside = combine(beside, own, addQuantities);
    peak = combine(
      peak,
      container.restartPolicy === 'Always' ? beside : combine(beside, own, addQuantities),
      larger,
    );
  }
  const running = containers.reduce<Sums>(
    (sums, container) => combine(sums, sumsOf(container), addQuantities),
    beside,
  );
  return combine(running, peak, larger);
}

const larger = (a: Quantity, b: Quantity) => (compareQuantities(a, b) < 0 ? b : a);

const sumsOf = ({ resources }: Given<Container>): Sums =>
  new Map(
    Object.entries(resources?.requests ?? {}).map(([name, text]) => [name, parseQuantity(text)]),
  );

function combine(a: Sums, b: Sums, how: (a: Quantity, b: Quantity) => Quantity): Sums {
  const sums = new Map(a);
  for (const [name, amount] of b) {
    const before = sums.get(name);
    sums.set(name, before ? how(before, amount) : amount);
  }
  return sums;
}
