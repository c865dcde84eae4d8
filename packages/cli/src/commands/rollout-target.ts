import { deployments } from '@berth/api';
import type { Deployment } from '@berth/api';
import type { Cluster } from '../connection.ts';
import { refIn } from '../object-names.ts';
import { namedOnly, parseTargets } from '../targets.ts';
import type { NamedTarget } from '../targets.ts';
import { UsageError } from '../usage-error.ts';

/** What a `rollout` verb was told to work on, each with its namespace. */
export async function rolloutTargets(
  cluster: Cluster,
  args: readonly string[],
): Promise<readonly (NamedTarget & { readonly namespace: string })[]> {
  if (args.length === 0) throw new UsageError('required resource not specified');
  const targets = namedOnly(parseTargets(await cluster.resources(), args));
  return targets.map((target) => ({ ...target, namespace: cluster.namespace }));
}

/** The Deployments among them; others have no revisions. */
export async function rolloutDeployments(
  cluster: Cluster,
  args: readonly string[],
  verb: string,
): Promise<readonly Deployment[]> {
  const targets = await rolloutTargets(cluster, args);
  return Promise.all(
    targets.map(({ resource, name }) => {
      if (resource.resource !== 'deployments') {
        throw new UsageError(`${resource.resource} "${name}": ${verb} is not supported`);
      }
      return cluster.client.get(deployments, refIn(cluster, resource, { name }));
    }),
  );
}
