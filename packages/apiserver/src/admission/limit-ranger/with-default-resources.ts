import type { Container, LimitRange, Pod } from '@berth/api';

const annotation = 'kubernetes.io/limit-ranger';

type Texts = Readonly<Record<string, string>>;

/** The pod with the range's requests and limits where containers say nothing; an annotation tells which. */
export function withDefaultResources(pod: Pod, range: LimitRange): Pod {
  const { requests, limits } = defaultsOf(range);
  const told: string[] = [];
  const fill = (kind: string) => (container: Container) => {
    const filled = withDefaults(container, requests, limits);
    told.push(...added(container, filled, kind));
    return filled;
  };
  const containers = pod.spec.containers.map(fill('container'));
  const initContainers = pod.spec.initContainers?.map(fill('init container'));
  if (told.length === 0) return pod;
  const annotations = {
    ...pod.metadata.annotations,
    [annotation]: `LimitRanger plugin set: ${told.join('; ')}`,
  };
  return {
    ...pod,
    metadata: { ...pod.metadata, annotations },
    spec: { ...pod.spec, containers, ...(initContainers && { initContainers }) },
  };
}

function defaultsOf({ spec: { limits } }: LimitRange): { requests: Texts; limits: Texts } {
  const ofContainers = limits.filter(({ type }) => type === 'Container');
  return {
    requests: Object.assign({}, ...ofContainers.map((limit) => limit.defaultRequest)) as Texts,
    limits: Object.assign({}, ...ofContainers.map((limit) => limit.default)) as Texts,
  };
}

function withDefaults(container: Container, requests: Texts, limits: Texts): Container {
  const { resources = {} } = container;
  const filled = {
    ...resources,
    ...filledIn('requests', resources.requests, requests),
    ...filledIn('limits', resources.limits, limits),
  };
  return { ...container, resources: filled };
}

const filledIn = (name: string, own: Texts = {}, defaults: Texts) => {
  const all = { ...defaults, ...own };
  return Object.keys(all).length > 0 ? { [name]: all } : {};
};

/** `cpu, memory request for container a`. */
function added(before: Container, after: Container, kind: string): readonly string[] {
  const of = (list: 'requests' | 'limits', what: string) => {
    const had = before.resources?.[list] ?? {};
    const names = Object.keys(after.resources?.[list] ?? {}).filter(
      (name) => !Object.hasOwn(had, name),
    );
    return names.length > 0
      ? [`${names.sort().join(', ')} ${what} for ${kind} ${before.name}`]
      : [];
  };
  return [...of('requests', 'request'), ...of('limits', 'limit')];
}
