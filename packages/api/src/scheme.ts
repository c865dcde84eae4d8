import type {
  CSIDriver,
  CSINode,
  CSIStorageCapacity,
  CertificateSigningRequest,
  APIService,
  ClusterRole,
  ClusterRoleBinding,
  ConfigMap,
  ControllerRevision,
  CronJob,
  CustomResourceDefinition,
  DaemonSet,
  Deployment,
  DeviceClass,
  EndpointSlice,
  Endpoints,
  Event,
  EventsV1Event,
  FlowSchema,
  HorizontalPodAutoscaler,
  IPAddress,
  Ingress,
  IngressClass,
  Job,
  Lease,
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicyBinding,
  MutatingWebhookConfiguration,
  Namespace,
  NetworkPolicy,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  PodDisruptionBudget,
  PodGroup,
  LimitRange,
  PodTemplate,
  PriorityClass,
  ReplicationController,
  ResourceQuota,
  PriorityLevelConfiguration,
  ReplicaSet,
  ResourceClaimTemplate,
  ResourceSlice,
  ResourceV1ResourceClaim,
  Role,
  RoleBinding,
  RuntimeClass,
  Secret,
  Service,
  ServiceAccount,
  ServiceCIDR,
  StatefulSet,
  StorageClass,
  V1HorizontalPodAutoscaler,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
  ValidatingWebhookConfiguration,
  VolumeAttachment,
  VolumeAttributesClass,
  Workload,
} from './gen/types.ts';
import type { KubeObject } from './object.ts';
import type { Queue } from './scheduling/queue.ts';

/**
 * One row per resource: kind, path and scope, the same for server, client and CLI. The type parameter ties the row
 * to the shape of its objects.
 */
export interface ResourceType<T extends KubeObject = KubeObject> {
  /** `''` is the core group. */
  readonly group: string;
  readonly version: string;
  /** Plural, as in paths. */
  readonly resource: string;
  readonly singular: string;
  readonly kind: string;
  /** The kind of its lists, where it is not `<kind>List`. */
  readonly listKind?: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  /** Carries `T` for inference only; never set. */
  readonly object?: T;
}

interface Row {
  readonly group?: string;
  readonly version?: string;
  readonly namespaced?: boolean;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
}

function row<T extends KubeObject>(
  kind: string,
  resource: string,
  rest: Row = {},
): ResourceType<T> {
  const { group = '', version = 'v1', namespaced = true, shortNames = [], categories = [] } = rest;
  const singular = kind.toLowerCase();
  return { group, version, resource, singular, kind, namespaced, shortNames, categories };
}

const all = ['all'];
const rbac = 'rbac.authorization.k8s.io';

export const namespaces = row<Namespace>('Namespace', 'namespaces', {
  namespaced: false,
  shortNames: ['ns'],
});
export const nodes = row<Node>('Node', 'nodes', { namespaced: false, shortNames: ['no'] });
export const persistentVolumeClaims = row<PersistentVolumeClaim>(
  'PersistentVolumeClaim',
  'persistentvolumeclaims',
  { shortNames: ['pvc'] },
);
export const persistentVolumes = row<PersistentVolume>('PersistentVolume', 'persistentvolumes', {
  namespaced: false,
  shortNames: ['pv'],
});
export const pods = row<Pod>('Pod', 'pods', { shortNames: ['po'], categories: all });
export const services = row<Service>('Service', 'services', {
  shortNames: ['svc'],
  categories: all,
});
export const endpoints = row<Endpoints>('Endpoints', 'endpoints', { shortNames: ['ep'] });
export const configMaps = row<ConfigMap>('ConfigMap', 'configmaps', { shortNames: ['cm'] });
export const secrets = row<Secret>('Secret', 'secrets');
export const serviceAccounts = row<ServiceAccount>('ServiceAccount', 'serviceaccounts', {
  shortNames: ['sa'],
});
export const podTemplates = row<PodTemplate>('PodTemplate', 'podtemplates');
export const replicationControllers = row<ReplicationController>(
  'ReplicationController',
  'replicationcontrollers',
  { shortNames: ['rc'], categories: all },
);
export const resourceQuotas = row<ResourceQuota>('ResourceQuota', 'resourcequotas', {
  shortNames: ['quota'],
});
export const limitRanges = row<LimitRange>('LimitRange', 'limitranges', { shortNames: ['limits'] });
export const events = row<Event>('Event', 'events', { shortNames: ['ev'] });
export const eventsV1 = row<EventsV1Event>('Event', 'events', {
  group: 'events.k8s.io',
  shortNames: ['ev'],
});
export const endpointSlices = row<EndpointSlice>('EndpointSlice', 'endpointslices', {
  group: 'discovery.k8s.io',
});
export const leases = row<Lease>('Lease', 'leases', { group: 'coordination.k8s.io' });
export const controllerRevisions = row<ControllerRevision>(
  'ControllerRevision',
  'controllerrevisions',
  { group: 'apps' },
);
export const daemonSets = row<DaemonSet>('DaemonSet', 'daemonsets', {
  group: 'apps',
  shortNames: ['ds'],
  categories: all,
});
export const deployments = row<Deployment>('Deployment', 'deployments', {
  group: 'apps',
  shortNames: ['deploy'],
  categories: all,
});
export const replicaSets = row<ReplicaSet>('ReplicaSet', 'replicasets', {
  group: 'apps',
  shortNames: ['rs'],
  categories: all,
});
export const statefulSets = row<StatefulSet>('StatefulSet', 'statefulsets', {
  group: 'apps',
  shortNames: ['sts'],
  categories: all,
});
export const horizontalPodAutoscalers = row<HorizontalPodAutoscaler>(
  'HorizontalPodAutoscaler',
  'horizontalpodautoscalers',
  { group: 'autoscaling', version: 'v2', shortNames: ['hpa'], categories: all },
);
export const horizontalPodAutoscalersV1 = row<V1HorizontalPodAutoscaler>(
  'HorizontalPodAutoscaler',
  'horizontalpodautoscalers',
  { group: 'autoscaling', shortNames: ['hpa'], categories: all },
);
export const cronJobs = row<CronJob>('CronJob', 'cronjobs', {
  group: 'batch',
  shortNames: ['cj'],
  categories: all,
});
export const jobs = row<Job>('Job', 'jobs', { group: 'batch', categories: all });
export const podDisruptionBudgets = row<PodDisruptionBudget>(
  'PodDisruptionBudget',
  'poddisruptionbudgets',
  { group: 'policy', shortNames: ['pdb'] },
);
export const roles = row<Role>('Role', 'roles', { group: rbac });
export const roleBindings = row<RoleBinding>('RoleBinding', 'rolebindings', { group: rbac });
export const clusterRoles = row<ClusterRole>('ClusterRole', 'clusterroles', {
  group: rbac,
  namespaced: false,
});
export const clusterRoleBindings = row<ClusterRoleBinding>(
  'ClusterRoleBinding',
  'clusterrolebindings',
  { group: rbac, namespaced: false },
);
export const priorityClasses = row<PriorityClass>('PriorityClass', 'priorityclasses', {
  group: 'scheduling.k8s.io',
  namespaced: false,
  shortNames: ['pc'],
});
/** Alpha upstream, behind a gate; here it is always served. */
const groupScheduling = { group: 'scheduling.k8s.io', version: 'v1alpha2' };
export const podGroups = row<PodGroup>('PodGroup', 'podgroups', groupScheduling);
export const workloads = row<Workload>('Workload', 'workloads', groupScheduling);

export const queues = row<Queue>('Queue', 'queues', {
  group: 'scheduling.berth.dev',
  namespaced: false,
  shortNames: ['q'],
});

const networking = 'networking.k8s.io';
const storage = 'storage.k8s.io';
export const ingresses = row<Ingress>('Ingress', 'ingresses', {
  group: networking,
  shortNames: ['ing'],
});
export const ingressClasses = row<IngressClass>('IngressClass', 'ingressclasses', {
  group: networking,
  namespaced: false,
});
export const networkPolicies = row<NetworkPolicy>('NetworkPolicy', 'networkpolicies', {
  group: networking,
  shortNames: ['netpol'],
});
export const ipAddresses = row<IPAddress>('IPAddress', 'ipaddresses', {
  group: networking,
  namespaced: false,
  shortNames: ['ip'],
});
export const serviceCidrs = row<ServiceCIDR>('ServiceCIDR', 'servicecidrs', {
  group: networking,
  namespaced: false,
});
export const storageClasses = row<StorageClass>('StorageClass', 'storageclasses', {
  group: storage,
  namespaced: false,
  shortNames: ['sc'],
});
export const csiDrivers = row<CSIDriver>('CSIDriver', 'csidrivers', {
  group: storage,
  namespaced: false,
});
export const csiNodes = row<CSINode>('CSINode', 'csinodes', { group: storage, namespaced: false });
export const csiStorageCapacities = row<CSIStorageCapacity>(
  'CSIStorageCapacity',
  'csistoragecapacities',
  { group: storage },
);
export const volumeAttachments = row<VolumeAttachment>('VolumeAttachment', 'volumeattachments', {
  group: storage,
  namespaced: false,
});
export const volumeAttributesClasses = row<VolumeAttributesClass>(
  'VolumeAttributesClass',
  'volumeattributesclasses',
  { group: storage, namespaced: false, shortNames: ['vac'] },
);
export const runtimeClasses = row<RuntimeClass>('RuntimeClass', 'runtimeclasses', {
  group: 'node.k8s.io',
  namespaced: false,
});

const dynamic = { group: 'resource.k8s.io' };
export const deviceClasses = row<DeviceClass>('DeviceClass', 'deviceclasses', {
  ...dynamic,
  namespaced: false,
});
export const resourceClaims = row<ResourceV1ResourceClaim>(
  'ResourceClaim',
  'resourceclaims',
  dynamic,
);
export const resourceClaimTemplates = row<ResourceClaimTemplate>(
  'ResourceClaimTemplate',
  'resourceclaimtemplates',
  dynamic,
);
export const resourceSlices = row<ResourceSlice>('ResourceSlice', 'resourceslices', {
  ...dynamic,
  namespaced: false,
});

const admission = {
  group: 'admissionregistration.k8s.io',
  namespaced: false,
  categories: ['api-extensions'],
};
export const mutatingAdmissionPolicies = row<MutatingAdmissionPolicy>(
  'MutatingAdmissionPolicy',
  'mutatingadmissionpolicies',
  admission,
);
export const mutatingAdmissionPolicyBindings = row<MutatingAdmissionPolicyBinding>(
  'MutatingAdmissionPolicyBinding',
  'mutatingadmissionpolicybindings',
  admission,
);
export const mutatingWebhookConfigurations = row<MutatingWebhookConfiguration>(
  'MutatingWebhookConfiguration',
  'mutatingwebhookconfigurations',
  admission,
);
export const validatingAdmissionPolicies = row<ValidatingAdmissionPolicy>(
  'ValidatingAdmissionPolicy',
  'validatingadmissionpolicies',
  admission,
);
export const validatingAdmissionPolicyBindings = row<ValidatingAdmissionPolicyBinding>(
  'ValidatingAdmissionPolicyBinding',
  'validatingadmissionpolicybindings',
  admission,
);
export const validatingWebhookConfigurations = row<ValidatingWebhookConfiguration>(
  'ValidatingWebhookConfiguration',
  'validatingwebhookconfigurations',
  admission,
);
export const certificateSigningRequests = row<CertificateSigningRequest>(
  'CertificateSigningRequest',
  'certificatesigningrequests',
  { group: 'certificates.k8s.io', namespaced: false, shortNames: ['csr'] },
);
export const flowSchemas = row<FlowSchema>('FlowSchema', 'flowschemas', {
  group: 'flowcontrol.apiserver.k8s.io',
  namespaced: false,
});
export const priorityLevelConfigurations = row<PriorityLevelConfiguration>(
  'PriorityLevelConfiguration',
  'prioritylevelconfigurations',
  { group: 'flowcontrol.apiserver.k8s.io', namespaced: false },
);
export const customResourceDefinitions = row<CustomResourceDefinition>(
  'CustomResourceDefinition',
  'customresourcedefinitions',
  {
    group: 'apiextensions.k8s.io',
    namespaced: false,
    shortNames: ['crd', 'crds'],
    categories: ['api-extensions'],
  },
);
export const apiServices = row<APIService>('APIService', 'apiservices', {
  group: 'apiregistration.k8s.io',
  namespaced: false,
  categories: ['api-extensions'],
});

/** Every stored resource, in the order of discovery. */
export const resourceTypes: readonly ResourceType[] = [
  configMaps,
  endpoints,
  events,
  limitRanges,
  namespaces,
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  podTemplates,
  pods,
  replicationControllers,
  resourceQuotas,
  secrets,
  serviceAccounts,
  services,
  controllerRevisions,
  daemonSets,
  deployments,
  replicaSets,
  statefulSets,
  horizontalPodAutoscalers,
  horizontalPodAutoscalersV1,
  cronJobs,
  jobs,
  leases,
  endpointSlices,
  eventsV1,
  podDisruptionBudgets,
  clusterRoleBindings,
  clusterRoles,
  roleBindings,
  roles,
  podGroups,
  priorityClasses,
  queues,
  workloads,
  ingresses,
  ingressClasses,
  networkPolicies,
  ipAddresses,
  serviceCidrs,
  storageClasses,
  csiDrivers,
  csiNodes,
  csiStorageCapacities,
  volumeAttachments,
  volumeAttributesClasses,
  runtimeClasses,
  deviceClasses,
  resourceClaims,
  resourceClaimTemplates,
  resourceSlices,
  mutatingAdmissionPolicies,
  mutatingAdmissionPolicyBindings,
  mutatingWebhookConfigurations,
  validatingAdmissionPolicies,
  validatingAdmissionPolicyBindings,
  validatingWebhookConfigurations,
  certificateSigningRequests,
  flowSchemas,
  priorityLevelConfigurations,
  customResourceDefinitions,
  apiServices,
];

type GroupVersion = Pick<ResourceType, 'group' | 'version'>;

/** `v1`, `apps/v1`: the `apiVersion` of a resource's objects. */
export const apiVersionOf = ({ group, version }: GroupVersion): string =>
  group ? `${group}/${version}` : version;

export interface PathOptions {
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly subresource?: string | undefined;
}

/** The URL path of a collection, an object or a subresource; every segment escaped. */
export function pathOf(
  type: Pick<ResourceType, 'group' | 'version' | 'resource' | 'namespaced'>,
  { namespace, name, subresource }: PathOptions = {},
): string {
  const root = type.group ? `/apis/${type.group}/${type.version}` : `/api/${type.version}`;
  const scope = type.namespaced && namespace ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  const object = name ? `/${encodeURIComponent(name)}` : '';
  const part = subresource ? `/${subresource.split('/').map(encodeURIComponent).join('/')}` : '';
  return `${root}${scope}/${type.resource}${object}${part}`;
}
