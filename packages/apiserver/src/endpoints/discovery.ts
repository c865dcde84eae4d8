import { createHash } from 'node:crypto';
import { apiVersionOf, notAcceptable } from '@berth/api';
import type { ApiRequest, ApiResponse } from '@berth/api';
import { compareVersions } from '../compare-versions.ts';
import { bytesResponse, jsonResponse } from '../response.ts';
import { acceptClauses } from './accept.ts';
import type { AcceptClause } from './accept.ts';
import type { ServedResource } from '../registry/served.ts';

/** Answers a discovery path; undefined when the path is none. */
export type Discovery = (path: string, request: ApiRequest) => ApiResponse | undefined;

export interface DiscoveryOptions {
  /** Asked again for every answer: what is served may change. The order within a group is kept. */
  readonly resources: () => readonly ServedResource[];
}

/** `/api`, `/apis` and what lies directly under them, in the old form and the aggregated one. */
export function createDiscovery({ resources }: DiscoveryOptions): Discovery {
  return (path, request) => {
    const parts = path.split('/').filter(Boolean);
    const [root, ...rest] = parts;
    const served = resources();
    if (root === 'api' && rest.length === 0) {
      const core = served.filter(({ type }) => type.group === '');
      return aggregated(request, core) ?? negotiated(request, apiVersions(core, request));
    }
    if (root === 'apis' && rest.length === 0) {
      const named = served.filter(({ type }) => type.group !== '');
      return aggregated(request, named) ?? negotiated(request, groupList(named));
    }
    const document =
      root === 'api' && rest.length === 1
        ? resourceList(served, '', rest[0] ?? '')
        : root === 'apis'
          ? groupDocument(served, rest)
          : undefined;
    return document && negotiated(request, document);
  };
}

function groupDocument(served: readonly ServedResource[], rest: readonly string[]) {
  const [group = '', version] = rest;
  if (rest.length > 2) return undefined;
  if (version !== undefined) return resourceList(served, group, version);
  const found = groupsOf(served).find(({ name }) => name === group);
  return found && { kind: 'APIGroup', apiVersion: 'v1', ...found };
}

const apiVersions = (served: readonly ServedResource[], { headers }: ApiRequest) => ({
  kind: 'APIVersions',
  versions: versionsOf(served, ''),
  serverAddressByClientCIDRs: [
    // As the client itself reached us, which is the one address that surely works for it.
    { clientCIDR: '0.0.0.0/0', serverAddress: headers['host'] ?? '' },
  ],
});

const groupList = (served: readonly ServedResource[]) => ({
  kind: 'APIGroupList',
  apiVersion: 'v1',
  groups: groupsOf(served),
});

function groupsOf(served: readonly ServedResource[]) {
  return groupNames(served).map((name) => {
    const versions = versionsOf(served, name).map((version) => ({
      groupVersion: apiVersionOf({ group: name, version }),
      version,
    }));
    return { name, versions, preferredVersion: versions[0] };
  });
}

const groupNames = (served: readonly ServedResource[]) => [
  ...new Set(served.map(({ type }) => type.group)),
];

/** The versions of a group, the preferred one first. */
const versionsOf = (served: readonly ServedResource[], group: string): readonly string[] =>
  [
    ...new Set(served.filter(({ type }) => type.group === group).map(({ type }) => type.version)),
  ].sort(compareVersions);

const within = (served: readonly ServedResource[], group: string, version: string) =>
  served.filter(({ type }) => type.group === group && type.version === version);

function resourceList(served: readonly ServedResource[], group: string, version: string) {
  const rows = within(served, group, version);
  if (rows.length === 0) return undefined;
  return {
    kind: 'APIResourceList',
    ...(group && { apiVersion: 'v1' }),
    groupVersion: apiVersionOf({ group, version }),
    resources: rows.map((row) => (row.subresource ? partRow(row) : mainRow(row))),
  };
}

function mainRow({ type, kind, verbs }: ServedResource) {
  const { resource, singular, namespaced, shortNames, categories } = type;
  return {
    name: resource,
    singularName: singular,
    namespaced,
    kind,
    verbs: [...verbs].sort(),
    ...(shortNames.length > 0 && { shortNames }),
    ...(categories.length > 0 && { categories }),
  };
}

const partRow = ({ type, subresource, group, version, kind, verbs }: ServedResource) => ({
  name: `${type.resource}/${subresource}`,
  singularName: '',
  namespaced: type.namespaced,
  ...((group !== type.group || version !== type.version) && { group, version }),
  kind,
  verbs: [...verbs].sort(),
});

const aggregatedVersions = ['v2', 'v2beta1'] as const;
type AggregatedVersion = (typeof aggregatedVersions)[number];

/** The aggregated form, when the client likes it at least as well as the old one. */
function aggregated(
  { headers }: ApiRequest,
  served: readonly ServedResource[],
): ApiResponse | undefined {
  const version = preferred(acceptClauses(headers['accept']));
  if (!version) return undefined;
  const document = aggregatedDocument(served, version);
  const bytes = Buffer.from(`${JSON.stringify(document)}\n`);
  const etag = `"${createHash('sha512').update(bytes).digest('hex').toUpperCase()}"`;
  const common = { etag, vary: 'Accept', 'cache-control': 'public' };
  if (headers['if-none-match'] === etag) {
    return bytesResponse(304, new Uint8Array(), common);
  }
  const type = `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
  return bytesResponse(200, bytes, { ...common, 'content-type': type });
}

function preferred(clauses: readonly AcceptClause[]): AggregatedVersion | undefined {
  for (const { type, params } of clauses) {
    if (type !== 'application/json' && type !== '*/*' && type !== 'application/*') continue;
    if (params.get('as') !== 'APIGroupDiscoveryList') {
      if (params.has('as')) continue;
      return undefined;
    }
    const version = aggregatedVersions.find((known) => known === params.get('v'));
    if (params.get('g') === 'apidiscovery.k8s.io' && version) return version;
  }
  return undefined;
}

function aggregatedDocument(served: readonly ServedResource[], version: AggregatedVersion) {
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: groupNames(served).map((group) => ({
      metadata: group ? { name: group, creationTimestamp: null } : { creationTimestamp: null },
      versions: versionsOf(served, group).map((version) => ({
        version,
        resources: aggregatedRows(within(served, group, version)),
        freshness: 'Current',
      })),
    })),
  };
}

const aggregatedRows = (rows: readonly ServedResource[]) =>
  rows
    .filter(({ subresource }) => subresource === '')
    .map(({ type, verbs, ...kind }) => {
      const parts = rows.filter((row) => row.subresource && row.type.resource === type.resource);
      return {
        resource: type.resource,
        responseKind: responseKind(kind),
        scope: type.namespaced ? 'Namespaced' : 'Cluster',
        singularResource: type.singular,
        verbs: [...verbs].sort(),
        ...(type.shortNames.length > 0 && { shortNames: type.shortNames }),
        ...(type.categories.length > 0 && { categories: type.categories }),
        ...(parts.length > 0 && {
          subresources: parts.map((part) => ({
            subresource: part.subresource,
            responseKind: responseKind(part),
            verbs: [...part.verbs].sort(),
          })),
        }),
      };
    });

type Kind = Pick<ServedResource, 'group' | 'version' | 'kind'>;

const responseKind = ({ group, version, kind }: Kind) => ({ group, version, kind });

function negotiated({ headers }: ApiRequest, document: object): ApiResponse {
  const clauses = acceptClauses(headers['accept']);
  const acceptable =
    clauses.length === 0 ||
    clauses.some(
      ({ type, params }) =>
        !params.has('as') && ['application/json', 'application/*', '*/*', protobuf].includes(type),
    );
  if (!acceptable) {
    throw notAcceptable('only the following media types are accepted: application/json');
  }
  return jsonResponse(200, document, { vary: 'Accept' });
}

/** Clients that ask for it read the Content-Type of the answer, which is JSON. */
const protobuf = 'application/vnd.kubernetes.protobuf';
