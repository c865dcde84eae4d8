import { Buffer } from 'node:buffer';
import { apiVersionOf } from '@berth/api';
import type { KubeObject, ResourceType } from '@berth/api';

/** What an object of a kind needs beside its metadata; the number tells objects of one kind apart. */
type Body = (number: number) => Readonly<Record<string, unknown>>;

export const sampleNamespace = 'lifecycles';

const template = {
  metadata: { labels: { app: 'sample' } },
  spec: { containers: [{ name: 'main', image: 'example.com/app:1' }] },
};
const selector = { matchLabels: { app: 'sample' } };
const about = { kind: 'Pod', namespace: sampleNamespace, name: 'sample' };
const happened = '2026-01-01T00:00:00.000000Z';
const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' };
const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'sample' };

/** Signed with a key that nobody kept; `CN=sample`. */
const certificateRequest = [
  '-----BEGIN CERTIFICATE REQUEST-----',
  'MIHLMHMCAQAwETEPMA0GA1UEAwwGc2FtcGxlMFkwEwYHKoZIzj0CAQYIKoZIzj0D',
  'AQcDQgAEcF6P4+4XslECICqrsvZ9orrok/oCMUtbWO1e6FN57hWSRSCoSQ9KNZYl',
  't/AZl/Hz0b7U7qEw6ISVJzh6rGyqyKAAMAoGCCqGSM49BAMCA0gAMEUCIQCCmV3x',
  '6yeP1ucscD0JzY9PLP6sfsj6agCz3p1z7M+m9wIgM+ddZwuCS/8V7cfvwi+0DGsA',
  's5pWRyYrEHvvzAIHnkk=',
  '-----END CERTIFICATE REQUEST-----',
]
  .map((line) => `${line}\n`)
  .join('');

const rule = { operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] };
const webhook = (number: number) => ({
  name: `hook-${number}.example.com`,
  admissionReviewVersions: ['v1'],
  sideEffects: 'None',
  // Nothing that happens here is any of its business.
  objectSelector: { matchLabels: { lifecycle: 'never' } },
  clientConfig: { url: 'https://127.0.0.1:1/' },
  rules: [rule],
});
const matchConstraints = { resourceRules: [{ ...rule, resources: ['replicationcontrollers'] }] };
const job = { template: { spec: { ...template.spec, restartPolicy: 'Never' } } };
const claim = {
  accessModes: ['ReadWriteOnce'],
  resources: { requests: { storage: '1Gi' } },
};
const deviceRequest = { name: 'one', exactly: { deviceClassName: 'sample-1' } };

/** By `<group>/<resource>` or `<group>/<version>/<resource>`, and `''` is the core group. */
const bodies: Readonly<Record<string, Body>> = {
  '/configmaps': () => ({ data: { key: 'value' } }),
  '/endpoints': () => ({ subsets: [{ addresses: [{ ip: '10.0.0.1' }], ports: [{ port: 80 }] }] }),
  '/events': () => ({ involvedObject: about, reason: 'Tested', type: 'Normal' }),
  '/namespaces': () => ({}),
  '/nodes': () => ({}),
  '/pods': () => ({ spec: template.spec }),
  '/secrets': () => ({ stringData: { key: 'value' } }),
  '/serviceaccounts': () => ({}),
  '/services': () => ({ spec: { ports: [{ port: 80 }] } }),
  '/limitranges': () => ({ spec: { limits: [{ type: 'Container', max: { cpu: '64' } }] } }),
  '/persistentvolumeclaims': () => ({ spec: claim }),
  '/persistentvolumes': (number) => ({
    spec: {
      accessModes: claim.accessModes,
      capacity: { storage: '1Gi' },
      hostPath: { path: `/data/${number}` },
    },
  }),
  '/podtemplates': () => ({ template }),
  '/replicationcontrollers': () => ({ spec: { selector: selector.matchLabels, template } }),
  '/resourcequotas': () => ({ spec: { hard: { pods: '1000' } } }),
  'admissionregistration.k8s.io/mutatingadmissionpolicies': () => ({
    spec: {
      matchConstraints,
      reinvocationPolicy: 'Never',
      mutations: [
        {
          patchType: 'JSONPatch',
          jsonPatch: { expression: '[JSONPatch{op: "add", path: "/spec/x", value: "y"}]' },
        },
      ],
    },
  }),
  'admissionregistration.k8s.io/mutatingadmissionpolicybindings': () => ({
    spec: { policyName: 'nobody' },
  }),
  'admissionregistration.k8s.io/mutatingwebhookconfigurations': (number) => ({
    webhooks: [webhook(number)],
  }),
  'admissionregistration.k8s.io/validatingadmissionpolicies': () => ({
    spec: { matchConstraints, validations: [{ expression: 'true' }] },
  }),
  'admissionregistration.k8s.io/validatingadmissionpolicybindings': () => ({
    spec: { policyName: 'nobody', validationActions: ['Deny'] },
  }),
  'admissionregistration.k8s.io/validatingwebhookconfigurations': (number) => ({
    webhooks: [webhook(number)],
  }),
  'apiextensions.k8s.io/customresourcedefinitions': (number) => ({
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: `samples${number}`, kind: `Sample${number}` },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object' } },
        },
      ],
    },
  }),
  'apiregistration.k8s.io/apiservices': (number) => ({
    spec: {
      group: 'example.org',
      version: `v${number}`,
      groupPriorityMinimum: 1000,
      versionPriority: 10,
      insecureSkipTLSVerify: true,
      service: { namespace: sampleNamespace, name: 'nobody' },
    },
  }),
  'apps/controllerrevisions': (number) => ({ revision: number, data: { any: 'thing' } }),
  'apps/daemonsets': () => ({ spec: { selector, template } }),
  'apps/statefulsets': () => ({ spec: { selector, template, serviceName: 'sample' } }),
  'batch/cronjobs': () => ({ spec: { schedule: '5 4 * * *', jobTemplate: { spec: job } } }),
  'batch/jobs': () => ({ spec: job }),
  'certificates.k8s.io/certificatesigningrequests': () => ({
    spec: {
      request: Buffer.from(certificateRequest).toString('base64'),
      signerName: 'example.com/sample',
      usages: ['digital signature', 'client auth'],
    },
  }),
  'flowcontrol.apiserver.k8s.io/flowschemas': () => ({
    spec: { matchingPrecedence: 9000, priorityLevelConfiguration: { name: 'exempt' } },
  }),
  'flowcontrol.apiserver.k8s.io/prioritylevelconfigurations': () => ({
    spec: {
      type: 'Limited',
      limited: { nominalConcurrencyShares: 1, limitResponse: { type: 'Reject' } },
    },
  }),
  'networking.k8s.io/ingressclasses': () => ({ spec: { controller: 'example.com/controller' } }),
  'networking.k8s.io/ingresses': () => ({
    spec: { defaultBackend: { service: { name: 'sample', port: { number: 80 } } } },
  }),
  'networking.k8s.io/ipaddresses': () => ({
    spec: {
      parentRef: { resource: 'services', namespace: sampleNamespace, name: 'sample' },
    },
  }),
  'networking.k8s.io/networkpolicies': () => ({ spec: { podSelector: {} } }),
  'networking.k8s.io/servicecidrs': (number) => ({ spec: { cidrs: [`10.20.${number}.0/24`] } }),
  'node.k8s.io/runtimeclasses': () => ({ handler: 'runc' }),
  'policy/poddisruptionbudgets': () => ({ spec: { minAvailable: 1, selector } }),
  'resource.k8s.io/deviceclasses': () => ({ spec: {} }),
  'resource.k8s.io/resourceclaims': () => ({ spec: { devices: { requests: [deviceRequest] } } }),
  'resource.k8s.io/resourceclaimtemplates': () => ({
    spec: { spec: { devices: { requests: [deviceRequest] } } },
  }),
  'resource.k8s.io/resourceslices': (number) => ({
    spec: {
      driver: 'driver.example.com',
      nodeName: `node-${number}`,
      pool: { name: `pool-${number}`, generation: 1, resourceSliceCount: 1 },
      devices: [{ name: 'device-1' }],
    },
  }),
  'scheduling.k8s.io/podgroups': () => ({ spec: { schedulingPolicy: { gang: { minCount: 2 } } } }),
  'scheduling.k8s.io/workloads': () => ({
    spec: { podGroupTemplates: [{ name: 'workers', schedulingPolicy: { gang: { minCount: 2 } } }] },
  }),
  'storage.k8s.io/csidrivers': () => ({ spec: { attachRequired: false } }),
  'storage.k8s.io/csinodes': () => ({
    spec: { drivers: [{ name: 'driver.example.com', nodeID: 'node', topologyKeys: ['zone'] }] },
  }),
  'storage.k8s.io/csistoragecapacities': () => ({ storageClassName: 'sample-1' }),
  'storage.k8s.io/storageclasses': () => ({ provisioner: 'example.com/disks' }),
  'storage.k8s.io/volumeattachments': (number) => ({
    spec: {
      attacher: 'disks.example.com',
      nodeName: 'node-1',
      source: { persistentVolumeName: `sample-${number}` },
    },
  }),
  'storage.k8s.io/volumeattributesclasses': () => ({
    driverName: 'driver.example.com',
    parameters: { iops: '100' },
  }),
  'apps/deployments': () => ({ spec: { selector, template } }),
  'apps/replicasets': () => ({ spec: { selector, template } }),
  'autoscaling/horizontalpodautoscalers': () => ({ spec: { scaleTargetRef, maxReplicas: 3 } }),
  'coordination.k8s.io/leases': () => ({ spec: { holderIdentity: 'me' } }),
  'discovery.k8s.io/endpointslices': () => ({ addressType: 'IPv4', endpoints: [] }),
  'events.k8s.io/events': () => ({
    eventTime: happened,
    regarding: about,
    reason: 'Tested',
    action: 'Test',
    type: 'Normal',
    reportingController: 'example.com/test',
    reportingInstance: 'test-1',
  }),
  'rbac.authorization.k8s.io/clusterrolebindings': () => ({ roleRef }),
  'rbac.authorization.k8s.io/clusterroles': () => ({ rules: [] }),
  'rbac.authorization.k8s.io/rolebindings': () => ({ roleRef }),
  'rbac.authorization.k8s.io/roles': () => ({ rules: [] }),
  'scheduling.berth.dev/queues': () => ({ spec: { nominalQuota: { cpu: '4' }, cohort: 'sample' } }),
  'scheduling.k8s.io/priorityclasses': (number) => ({ value: number }),
};

/** Kinds whose names are something in themselves. */
const names: Readonly<Record<string, (number: number) => string>> = {
  'apiextensions.k8s.io/customresourcedefinitions': (number) => `samples${number}.example.com`,
  'apiregistration.k8s.io/apiservices': (number) => `v${number}.example.org`,
  'networking.k8s.io/ipaddresses': (number) => `10.96.100.${number}`,
};

const keysOf = ({ group, version, resource }: ResourceType) => [
  `${group}/${version}/${resource}`,
  `${group}/${resource}`,
];

/** One of three valid objects of a kind; undefined when nobody has said what one looks like. */
export function sampleOf(type: ResourceType, number: number): KubeObject | undefined {
  const keys = keysOf(type);
  const body = keys.map((key) => bodies[key]).find((found) => found !== undefined);
  if (!body) return undefined;
  const name = keys.map((key) => names[key]).find((found) => found !== undefined);
  return {
    apiVersion: apiVersionOf(type),
    kind: type.kind,
    metadata: {
      name: name?.(number) ?? `sample-${number}`,
      labels: { lifecycle: 'yes' },
      ...(type.namespaced && { namespace: sampleNamespace }),
    },
    ...body(number),
  } as unknown as KubeObject;
}
