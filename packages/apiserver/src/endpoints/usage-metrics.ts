import { methodNotAllowed, nodes, notFound, pods } from '@berth/api';
import type { KubeObject, ResourceType } from '@berth/api';
import { formatTime } from '@berth/component-base';
import type { ServedResource } from '../registry/served.ts';
import type { Column } from '../registry/strategy.ts';
import type { Handler, RequestContext } from '../request.ts';
import type { PodUsage, ResourceUsage, Sample, UsageStore } from '../usage.ts';
import { answerComputed } from './answer-computed.ts';

export interface UsageMetricsOptions {
  readonly usage: UsageStore;
  readonly now: () => number;
  /** Objects as the server last saw them; labels and existence are taken from them. */
  readonly list: <T extends KubeObject>(
    type: ResourceType<T>,
    namespace: string,
  ) => Promise<readonly T[]>;
}

interface Usages {
  readonly cpu: string;
  readonly memory: string;
}

interface Measured extends KubeObject {
  readonly timestamp: string;
  readonly window: string;
  readonly usage?: Usages;
  readonly containers?: readonly { readonly name: string; readonly usage: Usages }[];
}

const group = 'metrics.k8s.io';
const version = 'v1beta1';
const apiVersion = `${group}/${version}`;

const served = (resource: string, kind: string, namespaced: boolean): ServedResource => {
  const names = { singular: '', shortNames: [], categories: [] };
  const type = { group, version, resource, kind, namespaced, ...names };
  return { type, subresource: '', group, version, kind, verbs: ['get', 'list'] };
};

/** What discovery tells of the resource metrics API. */
export const usageResources: readonly ServedResource[] = [
  served('nodes', 'NodeMetrics', false),
  served('pods', 'PodMetrics', true),
];

/** `metrics.k8s.io/v1beta1`: what `kubectl top` and autoscalers read. */
export function createUsageMetrics({ usage, now, list }: UsageMetricsOptions): Handler {
  async function read({ info }: RequestContext): Promise<readonly Measured[]> {
    if (info.resource === 'nodes') {
      const samples = usage.nodes();
      return (await list(nodes, '')).flatMap(({ metadata }) => {
        const sample = samples.get(metadata.name);
        return sample ? [nodeMetrics(metadata, sample)] : [];
      });
    }
    const known = new Map((await list(pods, info.namespace)).map((pod) => [pod.metadata.uid, pod]));
    return usage.pods(info.namespace).flatMap((sample) => {
      const pod = known.get(sample.usage.uid);
      return pod ? [podMetrics(pod.metadata, sample)] : [];
    });
  }

  return async (context) => {
    const { info } = context;
    const row = usageResources.find(({ type }) => type.resource === info.resource);
    if (!row || info.version !== version || info.subresource) {
      throw notFound({ group, resource: info.resource }, info.name);
    }
    if (info.verb !== 'get' && info.verb !== 'list') throw methodNotAllowed();
    return answerComputed(context, { row, columns, now, read: () => read(context) });
  };
}

type Metadata = KubeObject['metadata'];

/** Measurements are not stored, so they have no uid, version or age of their own. */
const identity = (metadata: Partial<Metadata>) => metadata as Metadata;

const nodeMetrics = ({ name, labels }: Metadata, sample: Sample<ResourceUsage>): Measured => ({
  kind: 'NodeMetrics',
  apiVersion,
  metadata: identity({ name, ...(labels && { labels }) }),
  ...timesOf(sample),
  usage: usagesOf(sample.usage),
});

const podMetrics = ({ name, namespace, labels }: Metadata, sample: Sample<PodUsage>): Measured => ({
  kind: 'PodMetrics',
  apiVersion,
  metadata: identity({ name, ...(namespace && { namespace }), ...(labels && { labels }) }),
  ...timesOf(sample),
  containers: sample.usage.containers.map((container) => ({
    name: container.name,
    usage: usagesOf(container),
  })),
});

const timesOf = ({ timestampMs, windowMs }: Sample<unknown>) => ({
  timestamp: formatTime(timestampMs),
  window: `${Math.round(windowMs / 1000)}s`,
});

const usagesOf = ({ cpuNanocores, memoryBytes }: ResourceUsage): Usages => ({
  cpu: `${Math.round(cpuNanocores)}n`,
  memory: `${Math.round(memoryBytes / 1024)}Ki`,
});

const columns: readonly Column<KubeObject>[] = [
  { name: 'Name', type: 'string', format: 'name', cell: ({ metadata }) => metadata.name },
  { name: 'cpu', type: 'string', cell: (object) => `${sum(object as Measured, 'cpu')}n` },
  { name: 'memory', type: 'string', cell: (object) => `${sum(object as Measured, 'memory')}Ki` },
  { name: 'Window', type: 'string', cell: (object) => (object as Measured).window },
];

const sum = ({ usage, containers = [] }: Measured, resource: keyof Usages): number =>
  [...(usage ? [{ usage }] : []), ...containers].reduce(
    (total, part) => total + Number.parseInt(part.usage[resource], 10),
    0,
  );
