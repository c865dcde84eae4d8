import { formatSelector, pods, selectorFromLabels, toSelector } from '@berth/api';
import type { KubeObject, LabelSelector, Pod } from '@berth/api';
import type { Cluster } from './connection.ts';
import { refIn } from './object-names.ts';
import { parseTargets } from './targets.ts';
import { UsageError } from './usage-error.ts';

interface Workload extends KubeObject {
  readonly spec?: {
    readonly selector?: LabelSelector | Readonly<Record<string, string>>;
  };
}

/** The pods that `POD`, `pod/NAME` or `deployment/NAME` means, oldest first. Throws when there is none. */
export async function podsOf(cluster: Cluster, word: string): Promise<readonly Pod[]> {
  const { client } = cluster;
  const resources = await cluster.resources();
  const target = word.includes('/')
    ? parseTargets(resources, [word])[0]
    : { resource: pods, name: word };
  if (!target?.name) throw new UsageError('expected POD or TYPE/NAME');
  const resource = resources.find(
    (r) => r.resource === target.resource.resource && r.group === target.resource.group,
  );
  if (!resource)
    throw new UsageError(`the server doesn't have a resource type "${target.resource.resource}"`);
  const ref = refIn(cluster, resource, { name: target.name });
  if (resource.resource === 'pods' && resource.group === '') return [await client.get(pods, ref)];
  const owner: Workload = await client.get(resource, ref);
  const labelSelector = selectorText(owner);
  if (!labelSelector)
    throw new UsageError(`cannot attach to *v1.${resource.kind}: selector not set`);
  return podsWith(cluster, labelSelector);
}

/** The pods with these labels in the command's namespace, oldest first. Throws when there is none. */
export async function podsWith(cluster: Cluster, labelSelector: string): Promise<readonly Pod[]> {
  const { namespace, client } = cluster;
  const { items } = await client.list(pods, { namespace, labelSelector });
  if (items.length === 0) throw new UsageError(`No resources found in ${namespace} namespace.`);
  return [...items].sort((a, b) =>
    a.metadata.creationTimestamp < b.metadata.creationTimestamp ? -1 : 1,
  );
}

/** Services select by plain labels, workloads by a LabelSelector. */
function selectorText({ spec }: Workload): string | undefined {
  const selector = spec?.selector;
  if (!selector) return undefined;
  const isLabelSelector = 'matchLabels' in selector || 'matchExpressions' in selector;
  return formatSelector(
    (isLabelSelector
      ? toSelector(selector)
      : selectorFromLabels(selector as Readonly<Record<string, string>>)) ?? [],
  );
}
