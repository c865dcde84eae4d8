import { deployments, isNotFound, replicaSets } from '@berth/api';
import type { OwnerReference, ResourceType, Scale } from '@berth/api';
import type { Client, InformerFactory } from '@berth/client';
import { discoverDeletable } from './discover.ts';
import { controllerOf } from './owned.ts';

/** Finds how many pods a controller wants, whatever its kind, as long as it has a scale. */
export interface ScaleFinder {
  /** Undefined when there is no such controller. Throws for one that has no scale. */
  of(
    namespace: string,
    controller: OwnerReference,
  ): Promise<{ readonly uid: string; readonly replicas: number } | undefined>;
}

export function createScaleFinder(client: Client, informers: InformerFactory): ScaleFinder {
  const sets = informers.informer(replicaSets);
  const deploymentInformer = informers.informer(deployments);
  let types: readonly ResourceType[] = [];

  const typeOf = async ({ apiVersion, kind }: OwnerReference) => {
    const find = () =>
      types.find(
        (type) =>
          type.kind === kind &&
          apiVersion === (type.group ? `${type.group}/${type.version}` : type.version),
      );
    if (!find()) ({ types } = await discoverDeletable(client));
    return find();
  };
  /** The pods of a Deployment hang on its sets, of which one shrinks while another grows. */
  const deploymentOf = (namespace: string, set: OwnerReference): OwnerReference | undefined => {
    if (set.kind !== replicaSets.kind) return undefined;
    const found = sets.lister.get(`${namespace}/${set.name}`);
    const owner = found && controllerOf(found.metadata);
    return owner?.kind === deployments.kind ? owner : undefined;
  };

  return {
    async of(namespace, controller) {
      const deployment = deploymentOf(namespace, controller);
      const known = deployment
        ? deploymentInformer.lister.get(`${namespace}/${deployment.name}`)
        : controller.kind === replicaSets.kind
          ? sets.lister.get(`${namespace}/${controller.name}`)
          : undefined;
      const uid = (deployment ?? controller).uid;
      if (known?.metadata.uid === uid) return { uid, replicas: known.spec.replicas ?? 1 };
      const type = await typeOf(controller);
      if (!type) return undefined;
      const ref = { namespace, name: controller.name };
      const scale = await client
        .getSubresource<Scale>(type, ref, 'scale')
        .catch((err: unknown) => undefinedIfNotFound(err));
      if (!scale) {
        if (await exists(client, type, ref))
          throw new Error(`${nameOf(type)} does not implement the scale subresource`);
        return undefined;
      }
      return scale.metadata.uid === controller.uid
        ? { uid: controller.uid, replicas: scale.spec.replicas ?? 0 }
        : undefined;
    },
  };
}

const nameOf = ({ resource, group }: ResourceType) => (group ? `${resource}.${group}` : resource);

const exists = (client: Client, type: ResourceType, ref: { namespace: string; name: string }) =>
  client.get(type, ref).then(() => true, undefinedIfNotFound);

function undefinedIfNotFound(err: unknown): undefined {
  if (isNotFound(err)) return undefined;
  throw err;
}
