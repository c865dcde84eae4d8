import type {
  APIService,
  APIServiceSpec,
  ConfigMap,
  ControllerRevision,
  CronJob,
  CronJobSpec,
  CronJobStatus,
  DaemonSet,
  DaemonSetSpec,
  DaemonSetStatus,
  Deployment,
  DeploymentSpec,
  DeploymentStatus,
  Endpoint,
  EndpointSlice,
  HorizontalPodAutoscaler,
  HorizontalPodAutoscalerSpec,
  HorizontalPodAutoscalerStatus,
  Job,
  JobSpec,
  JobStatus,
  Lease,
  LeaseSpec,
  Namespace,
  Node,
  NodeSpec,
  NodeStatus,
  ObjectMeta,
  PersistentVolume,
  PersistentVolumeClaim,
  PersistentVolumeClaimSpec,
  PersistentVolumeClaimStatus,
  PersistentVolumeSpec,
  PersistentVolumeStatus,
  Pod,
  PodDisruptionBudget,
  PodDisruptionBudgetSpec,
  PodDisruptionBudgetStatus,
  PodGroup,
  PodGroupStatus,
  PodSpec,
  PodStatus,
  PodTemplateSpec,
  PriorityClass,
  ReplicaSet,
  ReplicaSetSpec,
  ReplicaSetStatus,
  Secret,
  Service,
  ServiceAccount,
  ServiceSpec,
  ServiceStatus,
  StatefulSet,
  StatefulSetSpec,
  StatefulSetStatus,
  Workload,
  WorkloadSpec,
} from '../gen/types.ts';
import type { Queue, QueueSpec, QueueStatus } from '../scheduling/queue.ts';

/** What a test may want to say beside the spec. */
interface Rest<Status = never> {
  readonly metadata?: Partial<ObjectMeta>;
  readonly status?: Status;
}

/** When everything that tests build was created, unless they say otherwise. */
export const createdAt = '2026-01-01T00:00:00Z';

/** Metadata as the server would have completed it; the uid follows from the name. */
export const makeMetadata = (name: string, overrides: Partial<ObjectMeta> = {}): ObjectMeta => ({
  name,
  namespace: 'default',
  uid: `uid-${name}`,
  resourceVersion: '1',
  creationTimestamp: createdAt,
  ...overrides,
});

function clusterMetadata(name: string, overrides?: Partial<ObjectMeta>): ObjectMeta {
  const { namespace: _, ...metadata } = makeMetadata(name, overrides);
  return metadata;
}

const withStatus = <S>({ status }: Rest<S>) => (status === undefined ? {} : { status });
const container = { name: 'main', image: 'example.com/app:1' };

export const makePod = (
  name: string,
  spec: Partial<PodSpec> = {},
  rest: Rest<PodStatus> = {},
): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: makeMetadata(name, rest.metadata),
  spec: { containers: [container], ...spec },
  ...withStatus(rest),
});

/** A Ready node with room for 110 pods, 4 cores and 8Gi; `status` replaces single fields of that. */
export const makeNode = (
  name: string,
  spec: NodeSpec = {},
  { metadata, status }: Rest<NodeStatus> = {},
): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: clusterMetadata(name, {
    ...metadata,
    labels: { 'kubernetes.io/hostname': name, ...metadata?.labels },
  }),
  spec,
  status: { capacity: room, allocatable: room, conditions: [ready], ...status },
});

const room = { cpu: '4', memory: '8Gi', pods: '110' };
const ready = {
  type: 'Ready',
  status: 'True',
  reason: 'KubeletReady',
  lastHeartbeatTime: createdAt,
  lastTransitionTime: createdAt,
};

/** A template whose pods carry `labels`. */
export const makePodTemplate = (
  labels: Readonly<Record<string, string>>,
  spec: Partial<PodSpec> = {},
): PodTemplateSpec => ({
  metadata: { labels },
  spec: { containers: [container], ...spec },
});

const owned = (name: string) => ({
  selector: { matchLabels: { app: name } },
  template: makePodTemplate({ app: name }),
});

/** One replica that selects `app: <name>`. */
export const makeDeployment = (
  name: string,
  spec: Partial<DeploymentSpec> = {},
  rest: Rest<DeploymentStatus> = {},
): Deployment => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: makeMetadata(name, rest.metadata),
  spec: { replicas: 1, ...owned(name), ...spec },
  ...withStatus(rest),
});

/** One replica that selects `app: <name>`. */
export const makeReplicaSet = (
  name: string,
  spec: Partial<ReplicaSetSpec> = {},
  rest: Rest<ReplicaSetStatus> = {},
): ReplicaSet => ({
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  metadata: makeMetadata(name, rest.metadata),
  spec: { replicas: 1, ...owned(name), ...spec },
  ...withStatus(rest),
});

/** One replica that selects `app: <name>`, behind the Service of the same name. */
export const makeStatefulSet = (
  name: string,
  spec: Partial<StatefulSetSpec> = {},
  rest: Rest<StatefulSetStatus> = {},
): StatefulSet => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: makeMetadata(name, rest.metadata),
  spec: { replicas: 1, serviceName: name, ...owned(name), ...spec },
  ...withStatus(rest),
});

/** What a controller keeps of a state, as the `revision`th. */
export const makeControllerRevision = (
  name: string,
  revision: number,
  data?: unknown,
  { metadata }: Rest = {},
): ControllerRevision => ({
  apiVersion: 'apps/v1',
  kind: 'ControllerRevision',
  metadata: makeMetadata(name, metadata),
  revision,
  ...(data !== undefined && { data }),
});

/** A pod on every node, found by `app: <name>`. */
export const makeDaemonSet = (
  name: string,
  spec: Partial<DaemonSetSpec> = {},
  rest: Rest<DaemonSetStatus> = {},
): DaemonSet => ({
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: makeMetadata(name, rest.metadata),
  spec: { ...owned(name), ...spec },
  ...withStatus(rest),
});

const ending: PodSpec = { containers: [container], restartPolicy: 'Never' };

/** One pod that is to come to a good end, with the labels and the selector that the server gives. */
export const makeJob = (
  name: string,
  spec: Partial<JobSpec> = {},
  rest: Rest<JobStatus> = {},
): Job => {
  const metadata = makeMetadata(name, rest.metadata);
  const { uid } = metadata;
  const labels = {
    'batch.kubernetes.io/controller-uid': uid,
    'batch.kubernetes.io/job-name': name,
    'controller-uid': uid,
    'job-name': name,
  };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata,
    spec: {
      parallelism: 1,
      completions: 1,
      backoffLimit: 6,
      completionMode: 'NonIndexed',
      suspend: false,
      selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } },
      template: { metadata: { labels }, spec: ending },
      ...spec,
    },
    ...withStatus(rest),
  };
};

/** A job every minute. */
export const makeCronJob = (
  name: string,
  spec: Partial<CronJobSpec> = {},
  rest: Rest<CronJobStatus> = {},
): CronJob => ({
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  metadata: makeMetadata(name, rest.metadata),
  spec: {
    schedule: '* * * * *',
    concurrencyPolicy: 'Allow',
    suspend: false,
    jobTemplate: { spec: { template: { spec: ending } } },
    ...spec,
  },
  ...withStatus(rest),
});

/** At least one pod with `app: <name>` stays. */
export const makePodDisruptionBudget = (
  name: string,
  spec: PodDisruptionBudgetSpec = {
    minAvailable: 1,
    selector: { matchLabels: { app: name } },
  },
  rest: Rest<PodDisruptionBudgetStatus> = {},
): PodDisruptionBudget => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: makeMetadata(name, rest.metadata),
  spec,
  ...withStatus(rest),
});

/** 1Gi for one node, of no class. */
export const makePersistentVolumeClaim = (
  name: string,
  spec: PersistentVolumeClaimSpec = {},
  rest: Rest<PersistentVolumeClaimStatus> = {},
): PersistentVolumeClaim => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: makeMetadata(name, rest.metadata),
  spec: {
    accessModes: ['ReadWriteOnce'],
    resources: { requests: { storage: '1Gi' } },
    volumeMode: 'Filesystem',
    ...spec,
  },
  ...withStatus(rest),
});

/** 1Gi for one node, in a directory of the node, of no class. */
export const makePersistentVolume = (
  name: string,
  spec: PersistentVolumeSpec = {},
  { metadata, ...rest }: Rest<PersistentVolumeStatus> = {},
): PersistentVolume => ({
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: clusterMetadata(name, metadata),
  spec: {
    accessModes: ['ReadWriteOnce'],
    capacity: { storage: '1Gi' },
    persistentVolumeReclaimPolicy: 'Retain',
    volumeMode: 'Filesystem',
    ...(!isSomewhere(spec) && { hostPath: { path: `/data/${name}`, type: '' } }),
    ...spec,
  },
  ...withStatus(rest),
});

const isSomewhere = ({ csi, local, nfs }: PersistentVolumeSpec) =>
  [csi, local, nfs].some((source) => source !== undefined);

/** Port 80 to pods with `app: <name>`. */
export const makeService = (
  name: string,
  spec: ServiceSpec = {},
  rest: Rest<ServiceStatus> = {},
): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: makeMetadata(name, rest.metadata),
  spec: {
    type: 'ClusterIP',
    selector: { app: name },
    ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
    ...spec,
  },
  ...withStatus(rest),
});

/** A slice of the Service `service`. */
export const makeEndpointSlice = (
  service: string,
  endpoints: readonly Endpoint[],
  { metadata }: Rest = {},
): EndpointSlice => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: makeMetadata(`${service}-slice`, {
    ...metadata,
    labels: { 'kubernetes.io/service-name': service, ...metadata?.labels },
  }),
  addressType: 'IPv4',
  ports: [{ name: '', port: 80, protocol: 'TCP' }],
  endpoints,
});

/** From one to ten replicas of the Deployment of the same name, at 80 % of the requested CPU. */
export const makeHpa = (
  name: string,
  spec: Partial<HorizontalPodAutoscalerSpec> = {},
  rest: Rest<HorizontalPodAutoscalerStatus> = {},
): HorizontalPodAutoscaler => ({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: makeMetadata(name, rest.metadata),
  spec: {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
    minReplicas: 1,
    maxReplicas: 10,
    metrics: [
      {
        type: 'Resource',
        resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } },
      },
    ],
    ...spec,
  },
  ...withStatus(rest),
});

export const makeNamespace = (name: string, { metadata }: Rest = {}): Namespace => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: clusterMetadata(name, metadata),
  spec: { finalizers: ['kubernetes'] },
  status: { phase: 'Active' },
});

export const makeConfigMap = (
  name: string,
  data: Readonly<Record<string, string>> = {},
  { metadata }: Rest = {},
): ConfigMap => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: makeMetadata(name, metadata),
  data,
});

/** `data` as plain text; the object has it in base64. */
export const makeSecret = (
  name: string,
  data: Readonly<Record<string, string>> = {},
  { metadata }: Rest = {},
): Secret => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: makeMetadata(name, metadata),
  type: 'Opaque',
  data: Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
  ),
});

export const makeServiceAccount = (name: string, { metadata }: Rest = {}): ServiceAccount => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: makeMetadata(name, metadata),
});

export const makeLease = (name: string, spec: LeaseSpec = {}, { metadata }: Rest = {}): Lease => ({
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: makeMetadata(name, metadata),
  spec,
});

export const makeApiService = (
  version: string,
  group: string,
  spec: Partial<APIServiceSpec> = {},
  { metadata }: Rest = {},
): APIService => ({
  apiVersion: 'apiregistration.k8s.io/v1',
  kind: 'APIService',
  metadata: clusterMetadata(`${version}.${group}`, metadata),
  spec: { group, version, groupPriorityMinimum: 1000, versionPriority: 15, ...spec },
});

/** A gang of `minCount` pods. */
export const makePodGroup = (
  name: string,
  minCount: number,
  rest: Rest<PodGroupStatus> = {},
): PodGroup => ({
  apiVersion: 'scheduling.k8s.io/v1alpha2',
  kind: 'PodGroup',
  metadata: makeMetadata(name, rest.metadata),
  spec: { schedulingPolicy: { gang: { minCount } } },
  ...withStatus(rest),
});

export const makeWorkload = (
  name: string,
  podGroupTemplates: WorkloadSpec['podGroupTemplates'],
  { metadata }: Rest = {},
): Workload => ({
  apiVersion: 'scheduling.k8s.io/v1alpha2',
  kind: 'Workload',
  metadata: makeMetadata(name, metadata),
  spec: { podGroupTemplates },
});

export const makePriorityClass = (
  name: string,
  value: number,
  { metadata }: Rest = {},
): PriorityClass => ({
  apiVersion: 'scheduling.k8s.io/v1',
  kind: 'PriorityClass',
  metadata: clusterMetadata(name, metadata),
  value,
});

export const makeQueue = (
  name: string,
  spec: QueueSpec = {},
  { metadata, status }: Rest<QueueStatus> = {},
): Queue => ({
  apiVersion: 'scheduling.berth.dev/v1',
  kind: 'Queue',
  metadata: clusterMetadata(name, metadata),
  spec,
  ...(status && { status }),
});
