import { nodes as nodesType, pods as podsType } from '@berth/api';
import type { Node, Pod } from '@berth/api';
import type { Cluster } from '../testing/cluster.ts';

export const podsOf = async (
  { client }: Cluster,
  labelSelector?: string,
): Promise<readonly Pod[]> =>
  (await client.list(podsType, { namespace: 'default', ...(labelSelector && { labelSelector }) }))
    .items;

export const nodesOf = async ({ client }: Cluster): Promise<readonly Node[]> =>
  (await client.list(nodesType)).items;

const conditionIs = (
  conditions: readonly { readonly type: string; readonly status: string }[] | undefined,
  type: string,
) => conditions?.some((each) => each.type === type && each.status === 'True') ?? false;

export const isReady = ({ metadata, status }: Pod): boolean =>
  metadata.deletionTimestamp === undefined && conditionIs(status?.conditions, 'Ready');

export const isNodeReady = ({ status }: Node): boolean => conditionIs(status?.conditions, 'Ready');

/** What must not change in a pod whose containers are left alone. */
export const lifeOf = ({ metadata, spec, status }: Pod): string =>
  JSON.stringify({
    name: metadata.name,
    uid: metadata.uid,
    node: spec.nodeName,
    ip: status?.podIP,
    containers: status?.containerStatuses?.map(({ containerID, restartCount }) => [
      containerID,
      restartCount,
    ]),
  });
