import { definition } from '../schema.ts';
import { definitionNameOf, namedKinds } from '../schema-kinds.ts';
import type { GroupVersionKind } from '../schema-kinds.ts';
import { definitionsByUpstreamName, referencesOf } from '../schema-packages.ts';
import { customModels } from './custom-models.ts';
import { fullNameOf, models } from './models.ts';
import type { PathItem } from './operations.ts';
import { leafDefinitions, schemaToOpenApi } from './schemas.ts';
import type { Dialect, Json } from './schemas.ts';
import type { OpenApiResource } from './served.ts';

/** Every model that the operations speak of, with all it refers to, by full name in alphabetical order. */
export function definitionsOf(
  items: readonly PathItem[],
  resources: readonly OpenApiResource[],
  roots: readonly string[],
  dialect: Dialect,
): Readonly<Record<string, Json>> {
  const used = items.flatMap(({ operations }) =>
    operations.flatMap(({ body, answer }) => [body, answer].filter((name) => name !== undefined)),
  );
  const known = definitionsByUpstreamName();
  const own = foreign(resources, used, known, dialect);
  const common = Object.keys(own).length > 0 ? [models.objectMeta, models.listMeta] : [];
  const names = reachable(
    [...used, ...roots, ...common].flatMap((model) => known.get(model) ?? []),
  );
  const kinds = kindsOf(resources);
  const all = {
    ...own,
    ...leafDefinitions(dialect),
    ...Object.fromEntries(names.map((name) => [fullNameOf(name), define(name, kinds, dialect)])),
  };
  return Object.fromEntries(Object.entries(all).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function define(
  name: string,
  kinds: ReadonlyMap<string, readonly GroupVersionKind[]>,
  dialect: Dialect,
): Json {
  const own = kinds.get(name);
  return {
    ...schemaToOpenApi(definition(name) ?? {}, dialect),
    ...(own && { 'x-kubernetes-group-version-kind': own }),
  };
}

function reachable(roots: readonly string[]): readonly string[] {
  const found = new Set<string>();
  const waiting = [...roots];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    waiting.push(...referencesOf(definition(name) ?? {}));
  }
  return [...found];
}

/** Which kinds each definition is the shape of: one as a rule, every served group-version for what all share. */
function kindsOf(
  resources: readonly OpenApiResource[],
): ReadonlyMap<string, readonly GroupVersionKind[]> {
  const kinds = new Map<string, readonly GroupVersionKind[]>();
  for (const { group, version, kind, definition: name } of namedKinds()) {
    kinds.set(name, [{ group, kind, version }]);
    const list = { group, kind: `${kind}List`, version };
    const listName = definitionNameOf(list);
    if (listName !== undefined) kinds.set(listName, [list]);
  }
  for (const kind of ['DeleteOptions', 'WatchEvent']) {
    kinds.set(
      kind,
      groupVersionsOf(resources).map(({ group, version }) => ({ group, kind, version })),
    );
  }
  return kinds;
}

type GroupVersion = Pick<GroupVersionKind, 'group' | 'version'>;

/** The group-versions of the resources, in their order. */
function groupVersionsOf(resources: readonly OpenApiResource[]): readonly GroupVersion[] {
  const found = new Map<string, GroupVersion>();
  for (const { type } of resources) {
    const { group, version } = type;
    found.set(`${group}/${version}`, { group, version });
  }
  return [...found.values()];
}

/** Kinds that are served without a generated definition, by what their own schema says. */
function foreign(
  resources: readonly OpenApiResource[],
  used: readonly string[],
  known: ReadonlyMap<string, string>,
  dialect: Dialect,
): Readonly<Record<string, Json>> {
  return Object.fromEntries(
    resources
      .filter(({ subresource }) => subresource === '')
      .flatMap((resource) => customModels(resource, dialect))
      .filter(([model]) => used.includes(model) && !known.has(model)),
  );
}
