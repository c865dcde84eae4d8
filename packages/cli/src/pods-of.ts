import { formatSelector, pods, selectorFromLabels, toSelector } from '@berth/api';
import type { KubeObject, LabelSelector, Pod } from '@berth/api';
import type { Cluster } from './connection.ts';
import { refIn } from './object-names.ts';
import { parseTargets } from './targets.ts';
import { UsageError } from './usage-error.ts';

/** Pods as a person names them: one by its name, or all that something selects. */
export type PodChoice =
  | { readonly kind: 'one'; readonly pod: Pod }
  | { readonly kind: 'selected'; readonly labelSelector: string };

interface Workload extends KubeObject {
  readonly spec?: {
    readonly selector?: LabelSelector | Readonly<Record<string, string>>;
  };
}

/** What `POD`, `pod/NAME`, `deployment/NAME` or `service/NAME` means. */
export async function choosePods(cluster: Cluster, word: string): Promise<PodChoice> {
  const { client } = cluster;
  if (!word.includes('/')) {
    return { kind: 'one', pod: await client.get(pods, refIn(cluster, pods, { name: word })) };
  }
  const [target] = parseTargets(await cluster.resources(), [word]);
  if (target?.name === undefined) throw new UsageError('expected POD or TYPE/NAME');
  const { resource, name } = target;
  const ref = refIn(cluster, resource, { name });
  if (resource.resource === 'pods' && resource.group === '') {
    return { kind: 'one', pod: await client.get(pods, ref) };
  }
  const labelSelector = selectorText(await client.get(resource, ref));
  if (!labelSelector) throw new UsageError(`${resource.singular} "${name}" selects no pods`);
  return { kind: 'selected', labelSelector };
}

/** The pods of a choice, oldest first. Throws when there is none. */
export async function podsOf(cluster: Cluster, choice: PodChoice): Promise<readonly Pod[]> {
  if (choice.kind === 'one') return [choice.pod];
  const { namespace, client } = cluster;
  const { items } = await client.list(pods, { namespace, labelSelector: choice.labelSelector });
  if (items.length === 0) throw new UsageError(`No resources found in ${namespace} namespace.`);
  return items.toSorted((a, b) =>
    a.metadata.creationTimestamp < b.metadata.creationTimestamp ? -1 : 1,
  );
}

/** The pod of a choice that a command is run in: one that runs, if any does. */
export async function onePodOf(cluster: Cluster, choice: PodChoice): Promise<Pod> {
  const all = await podsOf(cluster, choice);
  const found = all.find(({ status }) => status?.phase === 'Running') ?? all[0];
  if (!found) throw new UsageError('no pod to run it in');
  return found;
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
