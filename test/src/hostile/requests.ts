import { apiVersionOf, schemaOf, stringifyJson } from '@berth/api';
import type { ApiRequest, ResourceType } from '@berth/api';
import fc from 'fast-check';
import { brokenBody, mutated } from './bodies.ts';
import { nearly } from './values.ts';

/** Requests that mean harm, or make no sense, to every one of `types`. */
export const hostileRequest = (types: readonly ResourceType[]): fc.Arbitrary<ApiRequest> =>
  fc
    .constantFrom(...types)
    .chain((type) =>
      fc.record({ place: place(type), verb: verb, body: body(type), query, accept }).map(toRequest),
    );

interface Parts {
  readonly place: { readonly collection: string; readonly name: string };
  readonly verb: { readonly method: string; readonly contentType: string };
  readonly body: Buffer;
  readonly query: string;
  readonly accept: string;
}

function toRequest({ place: { collection, name }, verb, body, query, accept }: Parts): ApiRequest {
  const path = verb.method === 'POST' ? collection : `${collection}/${encodeURIComponent(name)}`;
  const bodiless = verb.method === 'GET';
  return {
    method: verb.method,
    path: path + (query && `?${query}`),
    headers: { accept, ...(!bodiless && { 'content-type': verb.contentType }) },
    ...(!bodiless && { body }),
  };
}

const json = 'application/json';
const verb = fc.constantFrom(
  { method: 'POST', contentType: json },
  { method: 'POST', contentType: json },
  { method: 'POST', contentType: 'application/yaml' },
  { method: 'POST', contentType: 'application/vnd.kubernetes.protobuf' },
  { method: 'POST', contentType: 'application/cbor' },
  { method: 'PUT', contentType: json },
  { method: 'PATCH', contentType: 'application/merge-patch+json' },
  { method: 'PATCH', contentType: 'application/strategic-merge-patch+json' },
  { method: 'PATCH', contentType: 'application/json-patch+json' },
  { method: 'PATCH', contentType: 'application/apply-patch+yaml' },
  { method: 'DELETE', contentType: json },
  { method: 'GET', contentType: json },
);

const names = [
  'target',
  'target',
  'none',
  'UPPER',
  '..',
  '%00',
  'a'.repeat(300),
  '__proto__',
  '\u00e9',
];

function place({ group, version, resource, namespaced }: ResourceType) {
  const root = group ? `/apis/${group}/${version}` : `/api/${version}`;
  const collection = namespaced ? `${root}/namespaces/default/${resource}` : `${root}/${resource}`;
  return fc.constantFrom(...names).map((name) => ({ collection, name }));
}

function body(type: ResourceType): fc.Arbitrary<Buffer> {
  const schema = schemaOf(type);
  if (!schema) return brokenBody;
  const object = nearly(schema).map((value) => stringifyJson(named(type, value)));
  return fc.oneof(
    { weight: 6, arbitrary: object.map((text) => Buffer.from(text)) },
    { weight: 2, arbitrary: object.chain(mutated) },
    { weight: 2, arbitrary: brokenBody },
  );
}

/** Far enough right that what is wrong lies further in. */
function named(type: ResourceType, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const { metadata } = value as { readonly metadata?: unknown };
  const isObject = typeof metadata === 'object' && metadata !== null && !Array.isArray(metadata);
  return {
    ...value,
    apiVersion: apiVersionOf(type),
    kind: type.kind,
    metadata: metadata === undefined || isObject ? { name: 'target', ...metadata } : metadata,
  };
}

const oddTexts = [
  '',
  '-1',
  '0',
  'x',
  '99999999999999999999',
  'a=b',
  'a in (',
  '!',
  ',,',
  '=',
  'a'.repeat(3_000),
  '(('.repeat(500),
  'metadata.name=x',
  '\u0000',
  '%',
  'eyJ2IjoibWV0YS5rOHMuaW8vdjEifQ',
  '__proto__',
  'All',
  'true',
];
const parameters = [
  'labelSelector',
  'fieldSelector',
  'limit',
  'continue',
  'resourceVersion',
  'resourceVersionMatch',
  'timeout',
  'dryRun',
  'fieldManager',
  'fieldValidation',
  'force',
  'pretty',
  'gracePeriodSeconds',
  'propagationPolicy',
  'sendInitialEvents',
  'timeoutSeconds',
];

const query = fc.oneof(
  { weight: 6, arbitrary: fc.constant('') },
  {
    weight: 1,
    arbitrary: fc
      .array(fc.tuple(fc.constantFrom(...parameters), fc.constantFrom(...oddTexts)), {
        maxLength: 3,
      })
      .map((pairs) => new URLSearchParams(pairs).toString()),
  },
);

const accept = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.constantFrom(json, '*/*', 'application/vnd.kubernetes.protobuf,application/json'),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'application/json;as=Table;v=v1;g=meta.k8s.io',
      'application/json;as=__proto__',
      'text/plain',
      ',;=,q=,;;q=x',
    ),
  },
);
