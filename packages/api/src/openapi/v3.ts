import { definitionsOf } from './definitions.ts';
import { models } from './models.ts';
import { tagOf } from './operation-id.ts';
import { pathItemsOf, rootOf } from './operations.ts';
import type { Operation, PathItem } from './operations.ts';
import { pathParameter, queryParameter } from './parameters.ts';
import type { Parameter } from './parameters.ts';
import { patchTypesOf } from './patch-types.ts';
import type { Dialect, Json } from './schemas.ts';
import type { OpenApiInfo, OpenApiResource } from './served.ts';

interface GroupVersion {
  readonly group: string;
  readonly version: string;
}

const pointer = (model: string) => `#/components/schemas/${model}`;

/** In version 3 nothing may stand beside a `$ref`. */
const dialect: Dialect = {
  pointer,
  reference: ($ref, own) => (Object.keys(own).length ? { ...own, allOf: [{ $ref }] } : { $ref }),
  oneOf: (...types) => ({ oneOf: types.map((type) => ({ type })) }),
  hasJunctors: true,
};

/** The OpenAPI v3 document of one group-version, as `/openapi/v3/apis/apps/v1` answers it. */
export function openApiV3(
  groupVersion: GroupVersion,
  resources: readonly OpenApiResource[],
  { version }: OpenApiInfo,
): Json {
  const own = resources.filter(
    ({ type }) => type.group === groupVersion.group && type.version === groupVersion.version,
  );
  const items = own.flatMap(pathItemsOf);
  const tag = tagOf(groupVersion);
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version },
    paths: {
      [`${rootOf(groupVersion)}/`]: { get: discovery(tag) },
      ...Object.fromEntries(items.map((item) => [item.path, pathItem(item, tag)])),
    },
    components: {
      schemas: definitionsOf(items, resources, [models.resourceList], dialect),
      securitySchemes: {
        BearerToken: {
          type: 'apiKey',
          description: 'Bearer token authentication',
          name: 'authorization',
          in: 'header',
        },
      },
    },
  };
}

const discovery = (tag: string): Json => ({
  tags: [tag],
  description: 'get available resources',
  operationId: `get${tag}APIResources`,
  responses: responses('get', models.resourceList),
});

const pathItem = ({ operations, pathParameters }: PathItem, tag: string): Json => ({
  ...Object.fromEntries(operations.map((one) => [one.method, operation(one, tag)])),
  ...(pathParameters.length && { parameters: pathParameters.map(pathParameter).map(parameter) }),
});

function operation(one: Operation, tag: string): Json {
  const { action, id, description, kind, query, body, answer } = one;
  return {
    tags: [tag],
    description,
    operationId: id,
    ...(query.length && { parameters: query.map(queryParameter).map(parameter) }),
    ...(body && { requestBody: requestBody(one, body) }),
    responses: responses(action, answer),
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': kind,
  };
}

const parameter = ({ name, in: place, description, type }: Parameter): Json => ({
  name,
  in: place,
  description,
  ...(place === 'path' && { required: true }),
  schema: { type, uniqueItems: true },
});

function requestBody({ action, kind }: Operation, body: string): Json {
  const types = action === 'patch' ? patchTypesOf(kind) : ['application/json'];
  const content = Object.fromEntries(
    types.map((type) => [type, { schema: { $ref: pointer(body) } }]),
  );
  return {
    content,
    ...(action !== 'delete' && action !== 'deletecollection' && { required: true }),
  };
}

/** What an action may answer beside 200. */
const furtherCodes: Readonly<Record<string, readonly string[]>> = {
  post: ['201', '202'],
  put: ['201'],
  patch: ['201'],
  delete: ['202'],
};

const responses = (action: string, answer: string | undefined): Json => {
  const content = answer
    ? { 'application/json': { schema: { $ref: pointer(answer) } } }
    : { 'text/plain': { schema: { type: 'string' } } };
  const more = (furtherCodes[action] ?? []).map((code): [string, Json] => [
    code,
    { description: code === '201' ? 'Created' : 'Accepted', content },
  ]);
  return {
    200: { description: 'OK', content },
    ...Object.fromEntries(more),
    401: { description: 'Unauthorized' },
  };
};
