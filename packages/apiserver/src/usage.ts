/** What one node measured, over a window that ended at `timestampMs`. */
export interface Usage {
  readonly timestampMs: number;
  readonly windowMs: number;
  readonly node: ResourceUsage;
  readonly pods: readonly PodUsage[];
}

export interface ResourceUsage {
  readonly cpuNanocores: number;
  readonly memoryBytes: number;
}

export interface PodUsage {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly containers: readonly (ResourceUsage & { readonly name: string })[];
}

export interface Sample<T> {
  readonly timestampMs: number;
  readonly windowMs: number;
  readonly usage: T;
}

/** The newest usage of every node and pod, as nodes report it. In memory only: it is stale within a minute. */
export interface UsageStore {
  /** Replaces everything that is known from this node. */
  put(node: string, usage: Usage): void;
  remove(node: string): void;
  node(name: string): Sample<ResourceUsage> | undefined;
  nodes(): ReadonlyMap<string, Sample<ResourceUsage>>;
  pod(namespace: string, name: string): Sample<PodUsage> | undefined;
  /** Of one namespace, or of all for `''`. */
  pods(namespace: string): readonly Sample<PodUsage>[];
}

export interface UsageStoreOptions {
  readonly now: () => number;
  /** A sample that is older is no longer told. */
  readonly maxAgeMs?: number;
}

export function createUsageStore({ now, maxAgeMs = 120_000 }: UsageStoreOptions): UsageStore {
  const reports = new Map<string, Usage>();
  const fresh = () => {
    const oldest = now() - maxAgeMs;
    return [...reports].filter(([, { timestampMs }]) => timestampMs >= oldest);
  };
  const sample = <T>({ timestampMs, windowMs }: Usage, usage: T) => ({
    timestampMs,
    windowMs,
    usage,
  });
  const podSamples = () =>
    fresh().flatMap(([, usage]) => usage.pods.map((pod) => sample(usage, pod)));
  const nodeSamples = () =>
    new Map(fresh().map(([name, usage]) => [name, sample(usage, usage.node)]));

  return {
    put: (node, usage) => void reports.set(node, usage),
    remove: (node) => void reports.delete(node),
    node: (name) => nodeSamples().get(name),
    nodes: nodeSamples,
    pod: (namespace, name) =>
      podSamples().find(({ usage }) => usage.namespace === namespace && usage.name === name),
    pods: (namespace) =>
      podSamples().filter(({ usage }) => namespace === '' || usage.namespace === namespace),
  };
}
