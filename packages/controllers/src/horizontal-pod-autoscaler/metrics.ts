import { asMilli, parseDuration, parseQuantity } from '@berth/api';
import type { Pod } from '@berth/api';
import type { Client } from '@berth/client';
import type { Sample } from './replicas.ts';

interface PodMetrics {
  readonly metadata: { readonly name: string };
  readonly timestamp: string;
  /** A Go duration. */
  readonly window: string;
  readonly containers: readonly {
    readonly name: string;
    readonly usage: Readonly<Record<string, string>>;
  }[];
}

/** Usage per pod and container, from the resource metrics API. */
export type PodUsage = ReadonlyMap<string, PodMetrics>;

export async function fetchPodUsage(
  client: Client,
  namespace: string,
  selector: string,
): Promise<PodUsage> {
  const query = selector ? `?labelSelector=${encodeURIComponent(selector)}` : '';
  const { items } = await client.getPath<{ readonly items: readonly PodMetrics[] }>(
    `/apis/metrics.k8s.io/v1beta1/namespaces/${encodeURIComponent(namespace)}/pods${query}`,
  );
  return new Map(items.map((item) => [item.metadata.name, item]));
}

/** What each pod uses of one resource, in thousandths; of one container only when it is named. */
export function samplesOf(
  usage: PodUsage,
  resource: string,
  container?: string,
): ReadonlyMap<string, Sample> {
  const samples = new Map<string, Sample>();
  for (const [pod, metrics] of usage) {
    const counted = metrics.containers.filter(({ name }) => !container || name === container);
    const values = counted.flatMap(({ usage: used }) => used[resource] ?? []);
    if (values.length < counted.length || values.length === 0) continue;
    samples.set(pod, {
      value: values.reduce((sum, text) => sum + asMilli(parseQuantity(text)), 0),
      timestampMs: Date.parse(metrics.timestamp),
      windowMs: parseDuration(metrics.window),
    });
  }
  return samples;
}

/** What the pod asks for of the resource, in thousandths; undefined when a container that counts asks for nothing. */
export function requestOf({ spec }: Pod, resource: string, container?: string): number | undefined {
  const sidecars = (spec.initContainers ?? []).filter((c) => c.restartPolicy === 'Always');
  const counted = [...spec.containers, ...sidecars].filter(
    (c) => !container || c.name === container,
  );
  let sum = 0;
  for (const { resources } of counted) {
    const text = resources?.requests?.[resource];
    if (text === undefined) return undefined;
    sum += asMilli(parseQuantity(text));
  }
  return counted.length > 0 ? sum : undefined;
}
