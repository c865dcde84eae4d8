import { createHash } from 'node:crypto';
import { apiVersionOf, notAcceptable } from '@berth/api';
import type { ApiRequest, ApiResponse } from '@berth/api';
import { compareVersions } from '../compare-versions.ts';
import { bytesResponse, jsonResponse } from '../response.ts';
import { acceptClauses } from './accept.ts';
import type { AcceptClause } from './accept.ts';
import type { GroupVersion } from '../aggregator/plan-local.ts';
import type { Priority } from '../aggregator/priorities.ts';
import type { ServedResource } from '../registry/served.ts';

/** Answers a discovery path; undefined when the path is none. */
export type Discovery = (path: string, request: ApiRequest) => ApiResponse | undefined;

export interface DiscoveryOptions {
  /** Asked again for every answer: what is served may change. The order within a group is kept. */
  readonly resources: () => readonly ServedResource[];
  /** Versions of which nothing is known right now, or nothing new. */
  readonly stale?: () => readonly GroupVersion[];
  /** Groups and versions with higher numbers come first. */
  readonly priorityOf?: (groupVersion: GroupVersion) => Priority;
}

/** What is served at one moment. */
interface Served {
  readonly rows: readonly ServedResource[];
  /** Every version, the preferred one of a group first, and groups in their order. */
  readonly versions: readonly GroupVersion[];
  readonly isStale: (groupVersion: GroupVersion) => boolean;
}

function servedNow({ resources, stale, priorityOf }: DiscoveryOptions): Served {
  const rows = resources();
  const old = stale?.() ?? [];
  const versions = distinct([...rows.map(({ type }) => type), ...old]);
  return {
    rows,
    versions: priorityOf ? inOrder(versions, priorityOf) : versions.sort(byPreferredVersion),
    isStale: ({ group, version }) =>
      old.some((one) => one.group === group && one.version === version),
  };
}

const distinct = (all: readonly GroupVersion[]): GroupVersion[] => [
  ...new Map(all.map(({ group, version }) => [`${group}/${version}`, { group, version }])).values(),
];

/** Only within a group; the order of groups stays. */
const byPreferredVersion = (a: GroupVersion, b: GroupVersion) =>
  a.group === b.group ? compareVersions(a.version, b.version) : 0;

function inOrder(
  versions: readonly GroupVersion[],
  priorityOf: (groupVersion: GroupVersion) => Priority,
): readonly GroupVersion[] {
  const groups = new Map<string, number>();
  for (const one of versions) {
    groups.set(one.group, Math.max(groups.get(one.group) ?? 0, priorityOf(one).group));
  }
  const rank = ({ group }: GroupVersion) => groups.get(group) ?? 0;
  return [...versions].sort(
    (a, b) =>
      rank(b) - rank(a) ||
      (a.group < b.group ? -1 : a.group > b.group ? 1 : 0) ||
      priorityOf(b).version - priorityOf(a).version ||
      compareVersions(a.version, b.version),
  );
}

/** The part of it that the root `/api` tells, or the root `/apis`. */
const within = ({ rows, versions, isStale }: Served, isCore: boolean): Served => ({
  rows: rows.filter(({ type }) => (type.group === '') === isCore),
  versions: versions.filter(({ group }) => (group === '') === isCore),
  isStale,
});

/** `/api`, `/apis` and what lies directly under them, in the old form and the aggregated one. */
export function createDiscovery(options: DiscoveryOptions): Discovery {
  return (path, request) => {
    const parts = path.split('/').filter(Boolean);
    const [root, ...rest] = parts;
    const served = servedNow(options);
    if (root === 'api' && rest.length === 0) {
      const core = within(served, true);
      return aggregated(request, core) ?? negotiated(request, apiVersions(core, request));
    }
    if (root === 'apis' && rest.length === 0) {
      const named = within(served, false);
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

function groupDocument(served: Served, rest: readonly string[]) {
  const [group = '', version] = rest;
  if (rest.length > 2) return undefined;
  if (version !== undefined) return resourceList(served, group, version);
  const found = groupsOf(served).find(({ name }) => name === group);
  return found && { kind: 'APIGroup', apiVersion: 'v1', ...found };
}

const apiVersions = (served: Served, { headers }: ApiRequest) => ({
  kind: 'APIVersions',
  versions: versionsOf(served, ''),
  serverAddressByClientCIDRs: [
    // As the client itself reached us, which is the one address that surely works for it.
    { clientCIDR: '0.0.0.0/0', serverAddress: headers['host'] ?? '' },
  ],
});

const groupList = (served: Served) => ({
  kind: 'APIGroupList',
  apiVersion: 'v1',
  groups: groupsOf(served),
});

function groupsOf(served: Served) {
  return groupNames(served).map((name) => {
    const versions = versionsOf(served, name).map((version) => ({
      groupVersion: apiVersionOf({ group: name, version }),
      version,
    }));
    return { name, versions, preferredVersion: versions[0] };
  });
}

const groupNames = ({ versions }: Served) => [...new Set(versions.map(({ group }) => group))];

/** The versions of a group, the preferred one first. */
const versionsOf = ({ versions }: Served, group: string): readonly string[] =>
  versions.filter((one) => one.group === group).map(({ version }) => version);

const rowsOf = ({ rows }: Served, group: string, version: string) =>
  rows.filter(({ type }) => type.group === group && type.version === version);

function resourceList(served: Served, group: string, version: string) {
  const rows = rowsOf(served, group, version);
  if (rows.length === 0) return undefined;
  return {
    kind: 'APIResourceList',
    ...(group && { apiVersion: 'v1' }),
    groupVersion: apiVersionOf({ group, version }),
    resources: rows
      .map((row) => (row.subresource ? partRow(row) : mainRow(row)))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

function mainRow({ type, kind, verbs, stored }: ServedResource) {
  const { resource, singular, namespaced, shortNames, categories } = type;
  return {
    name: resource,
    singularName: singular,
    namespaced,
    kind,
    verbs: [...verbs].sort(),
    ...(shortNames.length > 0 && { shortNames }),
    ...(categories.length > 0 && { categories }),
    ...(stored && { storageVersionHash: storageVersionHash(stored) }),
  };
}

/** Changes when objects are stored in another version: then all of them have to be written anew. */
const storageVersionHash = ({ group, version, kind }: Kind): string =>
  createHash('sha256')
    .update(`${group}/${version}/${kind}`)
    .digest()
    .subarray(0, 8)
    .toString('base64');

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
function aggregated({ headers }: ApiRequest, served: Served): ApiResponse | undefined {
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

function aggregatedDocument(served: Served, version: AggregatedVersion) {
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: groupNames(served).map((group) => ({
      metadata: group ? { name: group, creationTimestamp: null } : { creationTimestamp: null },
      versions: versionsOf(served, group).map((version) => ({
        version,
        resources: aggregatedRows(rowsOf(served, group, version)),
        freshness: served.isStale({ group, version }) ? 'Stale' : 'Current',
      })),
    })),
  };
}

const aggregatedRows = (rows: readonly ServedResource[]) =>
  rows
    .filter(({ subresource }) => subresource === '')
    .sort((a, b) => (a.type.resource < b.type.resource ? -1 : 1))
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
