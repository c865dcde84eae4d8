import { join } from 'node:path';
import { pods } from '@berth/api';
import type { Pod } from '@berth/api';
import type { Cluster } from '../testing/cluster.ts';
import { repository } from '../testing/repository.ts';

export const sampleManifest = join(repository, 'deploy/examples/sample.yaml');

/** Applies the sample application and waits until all its pods are ready. */
export async function deploySample({ kubectl }: Cluster): Promise<void> {
  await kubectl('apply', '-f', sampleManifest);
  await kubectl('rollout', 'status', 'deployment/sample', '--timeout=90s');
}

export const samplePods = async ({ client }: Cluster): Promise<readonly Pod[]> =>
  (
    await client.list(pods, {
      namespace: 'default',
      labelSelector: 'app.kubernetes.io/name=sample',
    })
  ).items.filter(({ metadata }) => !metadata.deletionTimestamp);

export const isReady = ({ status }: Pod): boolean =>
  status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false;
