import { definitionNameOf } from '../schema-kinds.ts';
import type { GroupVersionKind } from '../schema-kinds.ts';
import { upstreamTypeOf } from '../schema-packages.ts';

/** The full upstream name of a definition: `io.k8s.api.core.v1.Pod`. */
export function fullNameOf(definition: string): string {
  const upstream = upstreamTypeOf(definition);
  return upstream ? `${upstream.package}.${upstream.name}` : `berth.${definition}`;
}

/** The model of a kind. A kind without a definition is named as custom resources are: the group backwards. */
export function modelOf(kind: GroupVersionKind): string {
  const name = definitionNameOf(kind);
  if (name !== undefined) return fullNameOf(name);
  const reversed = kind.group.split('.').toReversed().join('.');
  return `${reversed}.${kind.version}.${kind.kind}`;
}

const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1';

export const models = {
  time: `${meta}.Time`,
  microTime: `${meta}.MicroTime`,
  patch: `${meta}.Patch`,
  status: `${meta}.Status`,
  objectMeta: `${meta}.ObjectMeta`,
  listMeta: `${meta}.ListMeta`,
  deleteOptions: `${meta}.DeleteOptions`,
  resourceList: `${meta}.APIResourceList`,
  quantity: 'io.k8s.apimachinery.pkg.api.resource.Quantity',
  intOrString: 'io.k8s.apimachinery.pkg.util.intstr.IntOrString',
} as const;
