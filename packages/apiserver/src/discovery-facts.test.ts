import assert from 'node:assert/strict';
import { parseJson } from '@berth/api';
import type { APIGroupList, APIResourceList } from '@berth/api';
import { createStreamBroker } from './node/stream-broker.ts';
import { startApiServer } from './testing/index.ts';
import type { TestServer } from './testing/index.ts';
import { systemClock } from '@berth/component-base';

/**
 * What Kubernetes 1.36 tells of its stable versions, as published in its discovery documents: name, kind, scope and
 * verbs, then what only some have. `of` is the version of a subresource's own kind.
 */
const facts = `
v1
  bindings Binding namespaced create
  componentstatuses ComponentStatus cluster get,list short=cs
  configmaps ConfigMap namespaced all short=cm
  endpoints Endpoints namespaced all short=ep
  events Event namespaced all short=ev
  limitranges LimitRange namespaced all short=limits
  namespaces Namespace cluster create,delete,get,list,patch,update,watch short=ns
  namespaces/finalize Namespace cluster update
  namespaces/status Namespace cluster object
  nodes Node cluster all short=no
  nodes/proxy NodeProxyOptions cluster proxy
  nodes/status Node cluster object
  persistentvolumeclaims PersistentVolumeClaim namespaced all short=pvc
  persistentvolumeclaims/status PersistentVolumeClaim namespaced object
  persistentvolumes PersistentVolume cluster all short=pv
  persistentvolumes/status PersistentVolume cluster object
  pods Pod namespaced all short=po category=all
  pods/attach PodAttachOptions namespaced create,get
  pods/binding Binding namespaced create
  pods/ephemeralcontainers Pod namespaced object
  pods/eviction Eviction namespaced create of=policy/v1
  pods/exec PodExecOptions namespaced create,get
  pods/log Pod namespaced get
  pods/portforward PodPortForwardOptions namespaced create,get
  pods/proxy PodProxyOptions namespaced proxy
  pods/resize Pod namespaced object
  pods/status Pod namespaced object
  podtemplates PodTemplate namespaced all
  replicationcontrollers ReplicationController namespaced all short=rc category=all
  replicationcontrollers/scale Scale namespaced object of=autoscaling/v1
  replicationcontrollers/status ReplicationController namespaced object
  resourcequotas ResourceQuota namespaced all short=quota
  resourcequotas/status ResourceQuota namespaced object
  secrets Secret namespaced all
  serviceaccounts ServiceAccount namespaced all short=sa
  serviceaccounts/token TokenRequest namespaced create of=authentication.k8s.io/v1
  services Service namespaced all short=svc category=all
  services/proxy ServiceProxyOptions namespaced proxy
  services/status Service namespaced object
apiregistration.k8s.io/v1
  apiservices APIService cluster all category=api-extensions
  apiservices/status APIService cluster object
apps/v1
  controllerrevisions ControllerRevision namespaced all
  daemonsets DaemonSet namespaced all short=ds category=all
  daemonsets/status DaemonSet namespaced object
  deployments Deployment namespaced all short=deploy category=all
  deployments/scale Scale namespaced object of=autoscaling/v1
  deployments/status Deployment namespaced object
  replicasets ReplicaSet namespaced all short=rs category=all
  replicasets/scale Scale namespaced object of=autoscaling/v1
  replicasets/status ReplicaSet namespaced object
  statefulsets StatefulSet namespaced all short=sts category=all
  statefulsets/scale Scale namespaced object of=autoscaling/v1
  statefulsets/status StatefulSet namespaced object
events.k8s.io/v1
  events Event namespaced all short=ev
authentication.k8s.io/v1
  selfsubjectreviews SelfSubjectReview cluster create
  tokenreviews TokenReview cluster create
authorization.k8s.io/v1
  localsubjectaccessreviews LocalSubjectAccessReview namespaced create
  selfsubjectaccessreviews SelfSubjectAccessReview cluster create
  selfsubjectrulesreviews SelfSubjectRulesReview cluster create
  subjectaccessreviews SubjectAccessReview cluster create
autoscaling/v2
  horizontalpodautoscalers HorizontalPodAutoscaler namespaced all short=hpa category=all
  horizontalpodautoscalers/status HorizontalPodAutoscaler namespaced object
autoscaling/v1
  horizontalpodautoscalers HorizontalPodAutoscaler namespaced all short=hpa category=all
  horizontalpodautoscalers/status HorizontalPodAutoscaler namespaced object
batch/v1
  cronjobs CronJob namespaced all short=cj category=all
  cronjobs/status CronJob namespaced object
  jobs Job namespaced all category=all
  jobs/status Job namespaced object
certificates.k8s.io/v1
  certificatesigningrequests CertificateSigningRequest cluster all short=csr
  certificatesigningrequests/approval CertificateSigningRequest cluster object
  certificatesigningrequests/status CertificateSigningRequest cluster object
networking.k8s.io/v1
  ingressclasses IngressClass cluster all
  ingresses Ingress namespaced all short=ing
  ingresses/status Ingress namespaced object
  ipaddresses IPAddress cluster all short=ip
  networkpolicies NetworkPolicy namespaced all short=netpol
  servicecidrs ServiceCIDR cluster all
  servicecidrs/status ServiceCIDR cluster object
policy/v1
  poddisruptionbudgets PodDisruptionBudget namespaced all short=pdb
  poddisruptionbudgets/status PodDisruptionBudget namespaced object
rbac.authorization.k8s.io/v1
  clusterrolebindings ClusterRoleBinding cluster all
  clusterroles ClusterRole cluster all
  rolebindings RoleBinding namespaced all
  roles Role namespaced all
storage.k8s.io/v1
  csidrivers CSIDriver cluster all
  csinodes CSINode cluster all
  csistoragecapacities CSIStorageCapacity namespaced all
  storageclasses StorageClass cluster all short=sc
  volumeattachments VolumeAttachment cluster all
  volumeattachments/status VolumeAttachment cluster object
  volumeattributesclasses VolumeAttributesClass cluster all short=vac
admissionregistration.k8s.io/v1
  mutatingadmissionpolicies MutatingAdmissionPolicy cluster all category=api-extensions
  mutatingadmissionpolicybindings MutatingAdmissionPolicyBinding cluster all category=api-extensions
  mutatingwebhookconfigurations MutatingWebhookConfiguration cluster all category=api-extensions
  validatingadmissionpolicies ValidatingAdmissionPolicy cluster all category=api-extensions
  validatingadmissionpolicies/status ValidatingAdmissionPolicy cluster object
  validatingadmissionpolicybindings ValidatingAdmissionPolicyBinding cluster all category=api-extensions
  validatingwebhookconfigurations ValidatingWebhookConfiguration cluster all category=api-extensions
apiextensions.k8s.io/v1
  customresourcedefinitions CustomResourceDefinition cluster all short=crd|crds category=api-extensions
  customresourcedefinitions/status CustomResourceDefinition cluster object
scheduling.k8s.io/v1
  priorityclasses PriorityClass cluster all short=pc
coordination.k8s.io/v1
  leases Lease namespaced all
node.k8s.io/v1
  runtimeclasses RuntimeClass cluster all
discovery.k8s.io/v1
  endpointslices EndpointSlice namespaced all
resource.k8s.io/v1
  deviceclasses DeviceClass cluster all
  resourceclaims ResourceClaim namespaced all
  resourceclaims/status ResourceClaim namespaced object
  resourceclaimtemplates ResourceClaimTemplate namespaced all
  resourceslices ResourceSlice cluster all
flowcontrol.apiserver.k8s.io/v1
  flowschemas FlowSchema cluster all
  flowschemas/status FlowSchema cluster object
  prioritylevelconfigurations PriorityLevelConfiguration cluster all
  prioritylevelconfigurations/status PriorityLevelConfiguration cluster object
`;

const verbSets: Readonly<Record<string, string>> = {
  all: 'create,delete,deletecollection,get,list,patch,update,watch',
  object: 'get,patch,update',
  proxy: 'create,delete,get,patch,update',
};

/** The same line for a row of discovery. */
function lineOf(row: APIResourceList['resources'][number]): string {
  const { name, kind, namespaced, verbs, shortNames, categories, group, version } = row;
  const asked = verbs.join(',');
  const set = Object.keys(verbSets).find((known) => verbSets[known] === asked);
  return [
    ...[name, kind, namespaced ? 'namespaced' : 'cluster', set ?? asked],
    ...(shortNames ? [`short=${shortNames.join('|')}`] : []),
    ...(categories ? [`category=${categories.join('|')}`] : []),
    ...(version ? [`of=${group}/${version}`] : []),
  ].join(' ');
}

describe('discovery of the stable versions', () => {
  let server: TestServer;
  const get = async <T>(path: string): Promise<T> => {
    const request = { method: 'GET', path, headers: {} };
    const { status, body } = await server.transport(request, AbortSignal.timeout(10_000));
    assert.equal(status, 200, path);
    const chunks: Uint8Array[] = [];
    for await (const chunk of body) chunks.push(chunk);
    return parseJson(Buffer.concat(chunks)).value as T;
  };
  before(async () => {
    let ids = 0;
    const newId = () => `id-${(ids += 1)}`;
    server = await startApiServer({
      nodeStreams: createStreamBroker({ clock: systemClock, newId }),
    });
  });
  after(() => server.close());

  const expected = new Map<string, string[]>();
  for (const line of facts.trim().split('\n')) {
    if (!line.startsWith(' ')) expected.set(line, []);
    else [...expected.values()].at(-1)?.push(line.trim());
  }
  for (const [version, lines] of expected)
    it(`of ${version} is that of Kubernetes`, async () => {
      const path = version.includes('/') ? `/apis/${version}` : `/api/${version}`;
      const { resources } = await get<APIResourceList>(path);
      assert.deepEqual(resources.map(lineOf), lines);
      for (const { name, kind, singularName } of resources)
        assert.equal(singularName, name.includes('/') ? '' : kind.toLowerCase());
    });

  it('prefers stable versions in every group', async () => {
    const { groups } = await get<APIGroupList>('/apis');
    const preferred = groups.map(({ preferredVersion }) => preferredVersion?.groupVersion);
    const ours = ['metrics.k8s.io/v1beta1', 'scheduling.berth.dev/v1'];
    for (const version of preferred)
      assert.ok(version && (expected.has(version) || ours.includes(version)), version);
  });

  it('tells in which version objects are stored by the same hashes', async () => {
    const hashes = async (path: string) => {
      const { resources } = await get<APIResourceList>(path);
      return new Map(resources.map((row) => [row.name, row.storageVersionHash]));
    };
    const core = await hashes('/api/v1');
    assert.deepEqual(
      ['pods', 'configmaps', 'events', 'services', 'namespaces'].map((name) => core.get(name)),
      ['xPOwRZ+Yhw8=', 'qFsyl6wFWjQ=', 'r2yiGXH7wu8=', '0/CO1lhkEBI=', 'Q3oi5N2YM8M='],
    );
    assert.deepEqual(
      ['bindings', 'componentstatuses', 'pods/status'].map((name) => core.get(name)),
      [undefined, undefined, undefined],
    );
    // Two views of what is stored once.
    assert.equal((await hashes('/apis/events.k8s.io/v1')).get('events'), core.get('events'));
    const [v1, v2] = await Promise.all([
      hashes('/apis/autoscaling/v1'),
      hashes('/apis/autoscaling/v2'),
    ]);
    assert.equal(v1.get('horizontalpodautoscalers'), 'qwQve8ut294=');
    assert.deepEqual(v1, v2);
  });

  it('lists no way to delete namespaces together, and has none', async () => {
    const request = { method: 'DELETE', path: '/api/v1/namespaces', headers: {} };
    const { status } = await server.transport(request, AbortSignal.timeout(10_000));
    assert.equal(status, 405);
  });
});
