import type { ResourceType } from '@berth/api';
import { UsageError } from './usage-error.ts';

/** A resource that a server serves, as its discovery documents tell. */
export interface Resource extends ResourceType {
  readonly verbs: readonly string[];
  readonly subresources: readonly string[];
  /** Whether clients that name no version get this one. */
  readonly isPreferred: boolean;
}

/** Aggregated discovery of both roots, `/api` and `/apis`. */
export interface DiscoveryDocument {
  readonly items?: readonly {
    readonly metadata?: { readonly name?: string };
    readonly versions?: readonly {
      readonly version: string;
      readonly resources?: readonly DiscoveredResource[];
    }[];
  }[];
}

interface DiscoveredResource {
  readonly resource: string;
  readonly responseKind?: {
    readonly group?: string;
    readonly version?: string;
    readonly kind?: string;
  };
  readonly scope?: string;
  readonly singularResource?: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly verbs?: readonly string[];
  readonly subresources?: readonly { readonly subresource: string }[];
}

/** What a server serves, in its own order: the first match of a name is the one that is meant. */
export const resourcesOf = (documents: readonly DiscoveryDocument[]): readonly Resource[] =>
  documents.flatMap(({ items = [] }) =>
    items.flatMap(({ metadata, versions = [] }) => {
      // The versions of a group come best liked first, but not each has everything.
      const known = new Set<string>();
      return versions.flatMap(({ version, resources = [] }) => {
        const rows = resources.map((found) =>
          resourceOf(metadata?.name ?? '', version, !known.has(found.resource), found),
        );
        for (const { resource } of rows) known.add(resource);
        return rows;
      });
    }),
  );

function resourceOf(
  group: string,
  version: string,
  isPreferred: boolean,
  found: DiscoveredResource,
): Resource {
  const kind = found.responseKind?.kind ?? found.resource;
  return {
    group,
    version,
    resource: found.resource,
    singular: found.singularResource || kind.toLowerCase(),
    kind,
    namespaced: found.scope === 'Namespaced',
    shortNames: found.shortNames ?? [],
    categories: found.categories ?? [],
    verbs: found.verbs ?? [],
    subresources: (found.subresources ?? []).map(({ subresource }) => subresource),
    isPreferred,
  };
}

/**
 * The resource that a person means by `pods`, `po`, `Pod`, `deployments.apps` or `deployments.v1.apps`. A preferred
 * version wins over others, whole names over short ones.
 */
export function findResource(resources: readonly Resource[], text: string): Resource {
  const wanted = text.toLowerCase();
  const found =
    pick(resources, (row) => namesOf(row).includes(wanted)) ??
    pick(resources, (row) => row.shortNames.includes(wanted)) ??
    pick(resources, (row) => isQualified(row, wanted));
  if (!found) throw new UsageError(`the server doesn't have a resource type "${text}"`);
  return found;
}

/** The same for one word of a list: `all` and other categories mean several. */
export function findResources(resources: readonly Resource[], text: string): readonly Resource[] {
  const members = resources.filter(
    ({ categories, isPreferred }) => isPreferred && categories.includes(text),
  );
  return members.length > 0 ? members : [findResource(resources, text)];
}

/** The resource of a manifest's `apiVersion` and `kind`. */
export function resourceOfKind(
  resources: readonly Resource[],
  { apiVersion, kind }: { readonly apiVersion: string; readonly kind: string },
): Resource | undefined {
  const [version = '', group = ''] = apiVersion.split('/').reverse();
  return resources.find(
    (row) => row.kind === kind && row.group === group && row.version === version,
  );
}

/** `pod`, `deployment.apps`: how messages name a kind. */
export const qualifiedKind = ({ kind, group }: Pick<Resource, 'kind' | 'group'>): string =>
  group ? `${kind.toLowerCase()}.${group}` : kind.toLowerCase();

/** `pods`, `deployments.apps`. */
export const qualifiedResource = ({
  resource,
  group,
}: Pick<Resource, 'resource' | 'group'>): string => (group ? `${resource}.${group}` : resource);

const pick = (resources: readonly Resource[], matches: (row: Resource) => boolean) => {
  const found = resources.filter(matches);
  return found.find(({ isPreferred }) => isPreferred) ?? found[0];
};

const namesOf = ({ resource, singular, kind }: Resource) => [
  resource,
  singular,
  kind.toLowerCase(),
];

/** `deployments.apps`, `deploy.apps`, `deployments.v1.apps`, `pods.v1.`. */
function isQualified(row: Resource, wanted: string): boolean {
  return [...namesOf(row), ...row.shortNames].some(
    (name) => wanted === `${name}.${row.group}` || wanted === `${name}.${row.version}.${row.group}`,
  );
}
