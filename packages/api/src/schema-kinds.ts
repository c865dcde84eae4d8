export interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** The kinds of each group-version; the list kinds follow from them. `Kind=Name` where the type is named otherwise. */
const kinds: Readonly<Record<string, string>> = {
  v1:
    'Binding ComponentStatus ConfigMap Endpoints Event EventList=CoreV1EventList LimitRange Namespace Node ' +
    'PersistentVolume PersistentVolumeClaim Pod PodTemplate ReplicationController ResourceQuota Secret Service ' +
    'ServiceAccount Status APIVersions APIGroup APIGroupList APIResourceList',
  'admissionregistration.k8s.io/v1':
    'MutatingAdmissionPolicy MutatingAdmissionPolicyBinding MutatingWebhookConfiguration ' +
    'ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding ValidatingWebhookConfiguration',
  'apiextensions.k8s.io/v1': 'CustomResourceDefinition',
  'apiregistration.k8s.io/v1': 'APIService',
  'apps/v1': 'ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet',
  'authentication.k8s.io/v1':
    'SelfSubjectReview TokenRequest=AuthenticationV1TokenRequest TokenReview',
  'authorization.k8s.io/v1':
    'LocalSubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview',
  'autoscaling/v1':
    'Scale HorizontalPodAutoscaler=V1HorizontalPodAutoscaler ' +
    'HorizontalPodAutoscalerList=V1HorizontalPodAutoscalerList',
  'autoscaling/v2': 'HorizontalPodAutoscaler',
  'batch/v1': 'CronJob Job',
  'certificates.k8s.io/v1': 'CertificateSigningRequest',
  'coordination.k8s.io/v1': 'Lease',
  'discovery.k8s.io/v1': 'EndpointSlice',
  'events.k8s.io/v1': 'Event=EventsV1Event EventList=EventsV1EventList',
  'flowcontrol.apiserver.k8s.io/v1': 'FlowSchema PriorityLevelConfiguration',
  'networking.k8s.io/v1': 'IPAddress Ingress IngressClass NetworkPolicy ServiceCIDR',
  'node.k8s.io/v1': 'RuntimeClass',
  'policy/v1': 'Eviction PodDisruptionBudget',
  'rbac.authorization.k8s.io/v1': 'ClusterRole ClusterRoleBinding Role RoleBinding',
  'resource.k8s.io/v1':
    'DeviceClass ResourceClaim=ResourceV1ResourceClaim ResourceClaimTemplate ResourceSlice',
  'scheduling.berth.dev/v1': 'Queue',
  'scheduling.k8s.io/v1': 'PriorityClass',
  'scheduling.k8s.io/v1alpha2': 'PodGroup Workload',
  'storage.k8s.io/v1':
    'CSIDriver CSINode CSIStorageCapacity StorageClass VolumeAttachment VolumeAttributesClass',
};

/** Known in every group-version. */
const everywhere = new Set(['DeleteOptions', 'WatchEvent']);

const names = new Map(
  Object.entries(kinds).flatMap(([groupVersion, list]) =>
    list.split(' ').map((entry): [string, string] => {
      const [kind = '', name = kind] = entry.split('=');
      return [`${groupVersion} ${kind}`, name];
    }),
  ),
);

/** Every kind with the name of its definition; the list kinds that follow from others are left out. */
export function* namedKinds(): Generator<GroupVersionKind & { readonly definition: string }> {
  for (const [key, definition] of names) {
    const [groupVersion = '', kind = ''] = key.split(' ');
    const [group = '', version = ''] = groupVersion.includes('/')
      ? groupVersion.split('/')
      : ['', groupVersion];
    yield { group, version, kind, definition };
  }
}

/** The generated type name of a built-in kind: `Deployment` of apps/v1 is `Deployment`, Event of events.k8s.io/v1 is `EventsV1Event`. */
export function definitionNameOf({ group, version, kind }: GroupVersionKind): string | undefined {
  if (everywhere.has(kind)) return kind;
  const groupVersion = group ? `${group}/${version}` : version;
  const own = names.get(`${groupVersion} ${kind}`);
  if (own !== undefined || !kind.endsWith('List')) return own;
  const item = `${groupVersion} ${kind.slice(0, -'List'.length)}`;
  return names.has(item) ? kind : undefined;
}
