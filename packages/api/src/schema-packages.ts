import { definition, definitionNames } from './schema.ts';
import type { Schema } from './schema.ts';
import { definitionNameOf, namedKinds } from './schema-kinds.ts';
import type { GroupVersionKind } from './schema-kinds.ts';

/** Where upstream keeps a type: clients know it by both parts (`io.k8s.api.core.v1.Pod`, `v1.Pod`). */
interface UpstreamType {
  readonly package: string;
  readonly name: string;
}

const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const core = 'io.k8s.api.core.v1';

/** Types whose package does not follow from the first kind that reaches them. */
const placed: Readonly<Record<string, readonly string[]>> = {
  [meta]: (
    'APIGroup APIGroupList APIResource APIResourceList APIVersions Condition DeleteOptions ' +
    'FieldSelectorRequirement GroupVersionForDiscovery LabelSelector LabelSelectorRequirement ListMeta ' +
    'ManagedFieldsEntry ObjectMeta OwnerReference Preconditions ServerAddressByClientCIDR ShardInfo Status ' +
    'StatusCause StatusDetails WatchEvent'
  ).split(' '),
  [core]: ['TopologySelectorLabelRequirement', 'TopologySelectorTerm'],
};

/** Types that are named otherwise here, because upstream has that name in several packages. */
const upstreamNames: Readonly<Record<string, string>> = {
  AdmissionregistrationV1ServiceReference: 'ServiceReference',
  AdmissionregistrationV1WebhookClientConfig: 'WebhookClientConfig',
  ApiextensionsV1ServiceReference: 'ServiceReference',
  ApiextensionsV1WebhookClientConfig: 'WebhookClientConfig',
  ApiregistrationV1ServiceReference: 'ServiceReference',
  AuthenticationV1TokenRequest: 'TokenRequest',
  CoreV1EventList: 'EventList',
  CoreV1ResourceClaim: 'ResourceClaim',
  DiscoveryV1EndpointPort: 'EndpointPort',
  EventsV1Event: 'Event',
  EventsV1EventList: 'EventList',
  EventsV1EventSeries: 'EventSeries',
  FlowcontrolV1Subject: 'Subject',
  RbacV1Subject: 'Subject',
  ResourceV1ResourceClaim: 'ResourceClaim',
  StorageV1TokenRequest: 'TokenRequest',
  V1CrossVersionObjectReference: 'CrossVersionObjectReference',
  V1HorizontalPodAutoscaler: 'HorizontalPodAutoscaler',
  V1HorizontalPodAutoscalerList: 'HorizontalPodAutoscalerList',
  V1HorizontalPodAutoscalerSpec: 'HorizontalPodAutoscalerSpec',
  V1HorizontalPodAutoscalerStatus: 'HorizontalPodAutoscalerStatus',
  V1alpha2TypedLocalObjectReference: 'TypedLocalObjectReference',
};

const ownPackages: Readonly<Record<string, string>> = {
  '': core,
  'apiextensions.k8s.io': 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1',
  'apiregistration.k8s.io': 'io.k8s.kube-aggregator.pkg.apis.apiregistration.v1',
  'scheduling.berth.dev': 'dev.berth.scheduling.v1',
};

const packageOf = (group: string, version: string) =>
  ownPackages[group] ?? `io.k8s.api.${group.split('.')[0] ?? group}.${version}`;

let packages: ReadonlyMap<string, string> | undefined;

/** The upstream package and name of a definition; `undefined` for the few that no kind uses. */
export function upstreamTypeOf(name: string): UpstreamType | undefined {
  packages ??= assignPackages();
  const found = packages.get(name);
  return found === undefined ? undefined : { package: found, name: upstreamNames[name] ?? name };
}

/** A definition belongs to the first group, core before the others, whose kinds reach it. */
function assignPackages(): ReadonlyMap<string, string> {
  const assigned = new Map<string, string>();
  for (const [where, names] of Object.entries(placed)) {
    for (const name of names) assigned.set(name, where);
  }
  for (const kind of namedKinds()) {
    const where = packageOf(kind.group, kind.version);
    assignReachable(kind.definition, where, assigned);
    const list = listOf(kind);
    if (list !== undefined) assignReachable(list, where, assigned);
  }
  return assigned;
}

function listOf({ group, version, kind }: GroupVersionKind): string | undefined {
  const name = definitionNameOf({ group, version, kind: `${kind}List` });
  return name !== undefined && definition(name) ? name : undefined;
}

function assignReachable(root: string, where: string, assigned: Map<string, string>): void {
  const waiting = [root];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (assigned.has(name)) continue;
    assigned.set(name, where);
    waiting.push(...referencesOf(definition(name) ?? {}));
  }
}

/** The names of the definitions that a schema refers to. */
export function referencesOf(schema: Schema): readonly string[] {
  const parts = [
    ...Object.values(schema.properties ?? {}),
    ...(schema.items ? [schema.items] : []),
    ...(schema.additionalProperties ? [schema.additionalProperties] : []),
  ];
  return [...(schema.ref === undefined ? [] : [schema.ref]), ...parts.flatMap(referencesOf)];
}

/** The names of all definitions that upstream has, by their full upstream name. */
export function definitionsByUpstreamName(): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const name of definitionNames()) {
    const upstream = upstreamTypeOf(name);
    if (upstream) names.set(`${upstream.package}.${upstream.name}`, name);
  }
  return names;
}
