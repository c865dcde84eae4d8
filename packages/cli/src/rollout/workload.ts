import { deployments, formatSelector, replicaSets, toSelector } from '@berth/api';
import type { Deployment, ReplicaSet } from '@berth/api';
import type { Cluster } from '../connection.ts';
import { listOrNothing } from '../fetch.ts';
import { nameText } from '../printers/object-output.ts';
import { parseTargets } from '../targets.ts';
import { UsageError } from '../usage-error.ts';
import { revisionsOf } from './revisions.ts';

/** What every `rollout` verb can be told. */
export interface RolloutFlags {
  readonly selector?: string;
}

/** The deployments that the arguments mean; `task` is for the message when one is no deployment. */
export async function findDeployments(
  cluster: Cluster,
  args: readonly string[],
  { selector }: RolloutFlags,
  task: string,
): Promise<readonly Deployment[]> {
  const targets = parseTargets(await cluster.resources(), args);
  if (targets.length === 0) throw new UsageError('required resource not specified');
  const { client, namespace } = cluster;
  const found = await Promise.all(
    targets.map(async ({ resource, name }) => {
      if (resource.kind !== 'Deployment') {
        throw new UsageError(
          `no ${task} has been implemented for ${nameText(resource, name ?? '')}`,
        );
      }
      if (name !== undefined) return [await client.get(deployments, { namespace, name })];
      const labels = selector === undefined ? {} : { labelSelector: selector };
      return (await client.list(deployments, { namespace, ...labels })).items;
    }),
  );
  return found.flat();
}

/** The replica sets of a deployment's revisions, oldest first. */
export const fetchRevisions = async (
  { client }: Cluster,
  deployment: Deployment,
): Promise<readonly ReplicaSet[]> =>
  revisionsOf(
    deployment,
    await listOrNothing<ReplicaSet>(client, replicaSets, selectionOf(deployment)),
  );

/** What a deployment's replica sets and pods are found by. */
export function selectionOf({ metadata, spec }: Deployment) {
  const labelSelector = formatSelector(toSelector(spec?.selector) ?? []);
  return { namespace: metadata.namespace ?? 'default', labelSelector };
}

/** `deployment.apps/web`: how messages name a deployment. */
export const deploymentText = ({ metadata }: Deployment): string =>
  nameText({ kind: 'Deployment', group: 'apps' }, metadata.name);
