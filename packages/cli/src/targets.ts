import type { Cluster } from './connection.ts';
import { findResource, findResources } from './resources.ts';
import type { Resource } from './resources.ts';
import { UsageError } from './usage-error.ts';

/** One thing a command was told to work on: an object by name, or all objects of a kind. */
export interface Target {
  readonly resource: Resource;
  readonly name?: string;
}

export interface NamedTarget extends Target {
  readonly name: string;
}

/** Reads `TYPE`, `TYPE NAME…`, `TYPE,TYPE [NAME…]` or `TYPE/NAME…`. Throws `UsageError` in kubectl's words. */
export function parseTargets(
  resources: readonly Resource[],
  args: readonly string[],
): readonly Target[] {
  const [first, ...names] = args;
  if (first === undefined) return [];
  if (args.some((arg) => arg.includes('/'))) return args.map((arg) => slashed(resources, arg));
  const types = first.split(',').filter(Boolean);
  const found = types.flatMap((type) => findResources(resources, type));
  if (names.length === 0) return found.map((resource) => ({ resource }));
  return found.flatMap((resource) => names.map((name) => ({ resource, name })));
}

function slashed(resources: readonly Resource[], arg: string): NamedTarget {
  const [type = '', name = '', ...more] = arg.split('/');
  if (!arg.includes('/')) {
    throw new UsageError(
      `there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'berth get resource/<resource_name>' instead of 'berth get resource resource/<resource_name>')`,
    );
  }
  if (!type || !name || more.length > 0) {
    throw new UsageError('arguments in resource/name form must have a single resource and name');
  }
  return { resource: findResource(resources, type), name };
}

export interface Scope {
  /** Undefined for all namespaces, and for what has none. */
  readonly namespace?: string;
}

/** Where a resource is looked for. */
export const scopeOf = (
  { namespaced }: Resource,
  { namespace }: Pick<Cluster, 'namespace'>,
  allNamespaces = false,
): Scope => (namespaced && !allNamespaces ? { namespace } : {});

/** The same targets, all of which must have names. */
export function namedOnly(targets: readonly Target[]): readonly NamedTarget[] {
  return targets.map((target) => {
    if (target.name === undefined) {
      throw new UsageError('resource(s) were provided, but no name was specified');
    }
    return { ...target, name: target.name };
  });
}
