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
  'scheduling.k8s.io/priorityclasses': (number) => ({ value: number }),
};

/** Kinds whose names are something in themselves. */
const names: Readonly<Record<string, (number: number) => string>> = {};

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
