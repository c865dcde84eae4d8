import { definitionNameOf } from '../schema-kinds.ts';
import type { GroupVersionKind } from '../schema-kinds.ts';
import { modelOf, models } from './models.ts';
import { idOf } from './operation-id.ts';
import { queryOf, streamQueryOf } from './parameters.ts';
import type { OpenApiResource } from './served.ts';

type Method = 'get' | 'put' | 'post' | 'patch' | 'delete';

/** One operation, whatever version of OpenAPI it is written in. */
export interface Operation {
  readonly method: Method;
  /** What kubectl and others know it by: `x-kubernetes-action`. */
  readonly action: string;
  readonly id: string;
  readonly description: string;
  readonly kind: GroupVersionKind;
  readonly query: readonly string[];
  /** The model that is sent. */
  readonly body?: string;
  /** The model that comes back; none for bytes. */
  readonly answer?: string;
}

export interface PathItem {
  readonly path: string;
  readonly pathParameters: readonly string[];
  readonly operations: readonly Operation[];
}

/** A verb on a collection or an object: its method, its action, and the words for it. */
interface Verb {
  readonly verb: string;
  readonly method: Method;
  readonly action: string;
  readonly word: string;
}

const onCollection: readonly Verb[] = [
  { verb: 'list', method: 'get', action: 'list', word: 'list' },
  { verb: 'create', method: 'post', action: 'post', word: 'create' },
  { verb: 'deletecollection', method: 'delete', action: 'deletecollection', word: 'delete' },
];
const onObject: readonly Verb[] = [
  { verb: 'get', method: 'get', action: 'get', word: 'read' },
  { verb: 'update', method: 'put', action: 'put', word: 'replace' },
  { verb: 'delete', method: 'delete', action: 'delete', word: 'delete' },
  { verb: 'patch', method: 'patch', action: 'patch', word: 'patch' },
];
const onPart: readonly Verb[] = [
  ...onObject,
  { verb: 'create', method: 'post', action: 'post', word: 'create' },
];
const connecting: readonly Verb[] = [
  { verb: 'get', method: 'get', action: 'connect', word: 'connect' },
  { verb: 'create', method: 'post', action: 'connect', word: 'connect' },
];

/** The paths of one resource or subresource. */
export function pathItemsOf(resource: OpenApiResource): readonly PathItem[] {
  if (resource.subresource !== '') return partItems(resource);
  const { type } = resource;
  const root = rootOf(type);
  const scope = type.namespaced ? '/namespaces/{namespace}' : '';
  const collection = `${root}${scope}/${type.resource}`;
  return [
    ...item(resource, collection, onCollection),
    ...item(resource, `${collection}/{name}`, onObject),
    ...(type.namespaced
      ? item(resource, `${root}/${type.resource}`, onCollection.slice(0, 1))
      : []),
  ];
}

export const rootOf = ({ group, version }: Pick<GroupVersionKind, 'group' | 'version'>): string =>
  group ? `/apis/${group}/${version}` : `/api/${version}`;

function partItems(resource: OpenApiResource): readonly PathItem[] {
  const { type, subresource } = resource;
  const scope = type.namespaced ? '/namespaces/{namespace}' : '';
  const path = `${rootOf(type)}${scope}/${type.resource}/{name}/${subresource}`;
  if (!isConnect(resource)) return item(resource, path, onPart);
  const further = subresource === 'proxy' ? item(resource, `${path}/{path}`, connecting) : [];
  return [...item(resource, path, connecting), ...further];
}

/** The bodies of such a subresource are options in the query and a stream afterwards: there is no such model. */
const isConnect = (resource: OpenApiResource) =>
  resource.subresource !== '' && definitionNameOf(resource) === undefined;

function item(
  resource: OpenApiResource,
  path: string,
  verbs: readonly Verb[],
): readonly PathItem[] {
  const operations = verbs
    .filter(({ verb }) => resource.verbs.includes(verb))
    .map((verb) => operation(resource, path, verb));
  if (!operations.length) return [];
  const pathParameters = Array.from(path.matchAll(/\{(\w+)\}/g), ([, name = '']) => name);
  return [{ path, pathParameters, operations }];
}

function operation(resource: OpenApiResource, path: string, verb: Verb): Operation {
  const { group, version, kind, subresource } = resource;
  const { method, action, word } = verb;
  const body = bodyOf(resource, action);
  const answer = answerOf(resource, action);
  return {
    method,
    action,
    id: idOf(resource, path, verb),
    description: describe(resource, word, action),
    kind: { group, version, kind },
    query: streamQueryOf[subresource] ?? queryOf[action] ?? [],
    ...(body && { body }),
    ...(answer && { answer }),
  };
}

function describe({ kind, type, subresource }: OpenApiResource, word: string, action: string) {
  const many = action === 'list' || action === 'deletecollection';
  const what = many ? `objects of kind ${kind}` : `one ${type.kind}`;
  return subresource ? `${word} ${subresource} of ${what}` : `${word} ${what}`;
}

function bodyOf(resource: OpenApiResource, action: string): string | undefined {
  switch (action) {
    case 'post':
    case 'put':
      return modelOf(resource);
    case 'patch':
      return models.patch;
    case 'delete':
    case 'deletecollection':
      return models.deleteOptions;
    default:
      return undefined;
  }
}

function answerOf(resource: OpenApiResource, action: string): string | undefined {
  if (action === 'connect' || resource.subresource === 'log') return undefined;
  if (action === 'delete' || action === 'deletecollection') return models.status;
  const { group, version, kind } = resource;
  return modelOf(action === 'list' ? { group, version, kind: `${kind}List` } : resource);
}
