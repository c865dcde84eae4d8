import { definitionsOf } from './definitions.ts';
import { models } from './models.ts';
import { tagOf } from './operation-id.ts';
import { pathItemsOf } from './operations.ts';
import type { Operation, PathItem } from './operations.ts';
import { pathParameter, queryParameter } from './parameters.ts';
import type { Parameter } from './parameters.ts';
import { patchTypesOf } from './patch-types.ts';
import type { Dialect, Json } from './schemas.ts';
import type { OpenApiInfo, OpenApiResource } from './served.ts';

const pointer = (model: string) => `#/definitions/${model}`;

/** Version 2 has no alternatives: the text form stands for all. */
const dialect: Dialect = {
  pointer,
  reference: ($ref, own) => ({ ...own, $ref }),
  oneOf: () => ({ type: 'string' }),
  hasJunctors: false,
};

/** The OpenAPI v2 document of everything that is served, as `/openapi/v2` answers it. */
export function openApiV2(resources: readonly OpenApiResource[], { version }: OpenApiInfo): Json {
  const groups = resources.map((resource) => ({
    tag: tagOf(resource.type),
    items: pathItemsOf(resource),
  }));
  const items = groups.flatMap((group) => group.items);
  return {
    swagger: '2.0',
    info: { title: 'Kubernetes', version },
    paths: Object.fromEntries(
      groups.flatMap(({ tag, items: own }) => own.map((item) => [item.path, pathItem(item, tag)])),
    ),
    definitions: definitionsOf(items, resources, [models.resourceList], dialect),
    securityDefinitions: {
      BearerToken: {
        description: 'Bearer token authentication',
        in: 'header',
        name: 'authorization',
        type: 'apiKey',
      },
    },
    security: [{ BearerToken: [] }],
  };
}

const pathItem = ({ operations, pathParameters }: PathItem, tag: string): Json => ({
  ...Object.fromEntries(operations.map((one) => [one.method, operation(one, tag)])),
  ...(pathParameters.length && { parameters: pathParameters.map(pathParameter).map(parameter) }),
});

function operation(one: Operation, tag: string): Json {
  const { action, id, description, kind, query, body, answer } = one;
  const sent = body && { in: 'body', name: 'body', schema: { $ref: pointer(body) } };
  const isOptional = action === 'delete' || action === 'deletecollection';
  return {
    consumes: action === 'patch' ? patchTypesOf(kind) : ['*/*'],
    description,
    operationId: id,
    parameters: [
      ...(sent ? [{ ...sent, ...(!isOptional && { required: true }) }] : []),
      ...query.map(queryParameter).map(parameter),
    ],
    produces: [answer ? 'application/json' : 'text/plain'],
    responses: {
      200: { description: 'OK', schema: answer ? { $ref: pointer(answer) } : { type: 'string' } },
      401: { description: 'Unauthorized' },
    },
    schemes: ['https'],
    tags: [tag],
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': kind,
  };
}

const parameter = ({ name, in: place, description, type }: Parameter): Json => ({
  name,
  in: place,
  description,
  type,
  uniqueItems: true,
  ...(place === 'path' && { required: true }),
});
