import type { CustomResourceDefinition, ResourceType } from '@berth/api';

export type Version = CustomResourceDefinition['spec']['versions'][number];

/** The resource that a version of a definition makes, under the names that were accepted. */
export function typeOf(
  { spec, status }: CustomResourceDefinition,
  version: Pick<Version, 'name'>,
): ResourceType {
  const names = status?.acceptedNames ?? spec.names;
  const { kind, listKind } = names;
  return {
    group: spec.group,
    version: version.name,
    resource: spec.names.plural,
    singular: names.singular ?? kind.toLowerCase(),
    kind,
    ...(listKind !== undefined && { listKind }),
    namespaced: spec.scope === 'Namespaced',
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
  };
}

/** The version in which objects are stored. */
export const storageVersionOf = ({ spec }: CustomResourceDefinition): Version | undefined =>
  spec.versions.find(({ storage }) => storage);
