import type { KubeObject, ObjectRef } from '@berth/api';
import type { Cluster } from './connection.ts';
import { qualifiedKind } from './resources.ts';
import type { Resource } from './resources.ts';
import { UsageError } from './usage-error.ts';

/** `deployment.apps/web`: how kubectl names an object in what it says. */
export const spoken = (resource: Pick<Resource, 'kind' | 'group'>, name: string): string =>
  `${qualifiedKind(resource)}/${name}`;

/** Where an object of this name lives: in its own namespace, else in that of the command. */
export function refIn(
  { namespace: current, isNamespaceGiven }: Pick<Cluster, 'namespace' | 'isNamespaceGiven'>,
  resource: Pick<Resource, 'namespaced'>,
  { name, namespace }: { readonly name: string; readonly namespace?: string | undefined },
): ObjectRef {
  if (!resource.namespaced) return { name };
  if (namespace && isNamespaceGiven && namespace !== current) {
    throw new UsageError(
      `the namespace from the provided object ${JSON.stringify(namespace)} does not match the namespace ${JSON.stringify(current)}. You must pass '--namespace=${namespace}' to perform this operation.`,
    );
  }
  return { name, namespace: namespace || current };
}

/** Where an object is that a server answered with. */
export const ownRef = ({ metadata: { name, namespace } }: KubeObject): ObjectRef => ({
  name,
  ...(namespace !== undefined && { namespace }),
});
