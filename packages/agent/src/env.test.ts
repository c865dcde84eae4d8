import assert from 'node:assert/strict';

import type { Container, Service } from '@berth/api';
import fc from 'fast-check';

import { environment } from './env.ts';
import type { PodObjects } from './env.ts';
import { expand } from './expand.ts';
import { fieldValue, resourceValue } from './field-ref.ts';
import type { PodFacts } from './field-ref.ts';
import { serviceEnv } from './service-env.ts';
import { StartError } from './start-error.ts';
import { makeConfigMap, makePod, makeSecret } from './testing/index.ts';

describe('expand', () => {
  const values: Readonly<Record<string, string>> = { A: 'a', B_1: 'b', EMPTY: '' };
  const cases: readonly (readonly [string, string])[] = [
    ['plain', 'plain'],
    ['$(A)-$(B_1)', 'a-b'],
    ['$(EMPTY)x', 'x'],
    ['$(NOPE)', '$(NOPE)'],
    ['$$(A)', '$(A)'],
    ['$$$(A)', '$a'],
    ['$A', '$A'],
    ['a$', 'a$'],
    ['$(A', '$(A'],
    ['$($(A))', '$($(A))'],
  ];
  for (const [text, expected] of cases) {
    it(`turns ${text} into ${expected}`, () => {
      assert.equal(
        expand(text, (name) => values[name]),
        expected,
      );
    });
  }

  it('leaves text without dollar signs as it is', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const plain = text.replaceAll('$', '');
        assert.equal(
          expand(plain, () => 'x'),
          plain,
        );
      }),
    );
  });
});

const facts = (over: Parameters<typeof makePod>[0] = {}): PodFacts => ({
  pod: makePod(over),
  podIps: ['10.0.0.1', 'fd00::1'],
  hostIps: ['192.168.0.1'],
  allocatable: { cpu: '2', memory: '4Gi' },
});

describe('fieldValue', () => {
  const pod = facts({
    metadata: { uid: 'u', labels: { b: '2', a: '1' }, annotations: { 'x.io/y': 'z' } },
    spec: { serviceAccountName: 'robot' },
  });
  const cases: readonly (readonly [string, string])[] = [
    ['metadata.name', 'a'],
    ['metadata.namespace', 'default'],
    ['metadata.uid', 'u'],
    ["metadata.labels['a']", '1'],
    ["metadata.annotations['x.io/y']", 'z'],
    ["metadata.labels['none']", ''],
    ['metadata.labels', 'a="1"\nb="2"'],
    ['spec.nodeName', 'node'],
    ['spec.serviceAccountName', 'robot'],
    ['status.podIP', '10.0.0.1'],
    ['status.podIPs', '10.0.0.1,fd00::1'],
    ['status.hostIP', '192.168.0.1'],
    ['status.hostIPs', '192.168.0.1'],
  ];
  for (const [path, expected] of cases) {
    it(`knows ${path}`, () => assert.equal(fieldValue(pod, path), expected));
  }

  it('refuses what it does not know', () => {
    assert.throws(() => fieldValue(pod, 'spec.secret'), StartError);
  });
});

describe('resourceValue', () => {
  const resources = { requests: { cpu: '250m', memory: '64Mi' }, limits: { memory: '128Mi' } };
  const pod = facts({ spec: { containers: [{ name: 'c', resources }] } });
  const cases: readonly (readonly [string, string | undefined, string])[] = [
    ['requests.cpu', undefined, '1'],
    ['requests.cpu', '1m', '250'],
    ['requests.memory', '1Mi', '64'],
    ['limits.memory', undefined, String(128 * 1024 ** 2)],
    ['limits.cpu', '1m', '2000'],
  ];
  for (const [resource, divisor, expected] of cases) {
    it(`gives ${resource} in units of ${divisor ?? '1'}`, () => {
      const selector = { resource, ...(divisor && { divisor }) };
      assert.equal(resourceValue(pod, selector, 'c'), expected);
    });
  }
});

const service = (name: string, namespace: string, spec: Service['spec']): Service => ({
  metadata: { name, namespace, uid: name, creationTimestamp: '', resourceVersion: '' },
  spec,
});

describe('serviceEnv', () => {
  const kubernetes = service('kubernetes', 'default', {
    clusterIP: '10.96.0.1',
    ports: [{ name: 'https', port: 443, protocol: 'TCP' }],
  });
  const web = service('my-web', 'shop', { clusterIP: '10.96.0.2', ports: [{ port: 80 }] });
  const headless = service('none', 'shop', { clusterIP: 'None', ports: [{ port: 1 }] });

  it('names address and ports of services', () => {
    const pod = makePod({ metadata: { namespace: 'shop' } });
    const env = serviceEnv(pod, [kubernetes, web, headless]);
    assert.deepEqual(Object.fromEntries(env), {
      KUBERNETES_SERVICE_HOST: '10.96.0.1',
      KUBERNETES_SERVICE_PORT: '443',
      KUBERNETES_SERVICE_PORT_HTTPS: '443',
      KUBERNETES_PORT: 'tcp://10.96.0.1:443',
      KUBERNETES_PORT_443_TCP: 'tcp://10.96.0.1:443',
      KUBERNETES_PORT_443_TCP_PROTO: 'tcp',
      KUBERNETES_PORT_443_TCP_PORT: '443',
      KUBERNETES_PORT_443_TCP_ADDR: '10.96.0.1',
      MY_WEB_SERVICE_HOST: '10.96.0.2',
      MY_WEB_SERVICE_PORT: '80',
      MY_WEB_PORT: 'tcp://10.96.0.2:80',
      MY_WEB_PORT_80_TCP: 'tcp://10.96.0.2:80',
      MY_WEB_PORT_80_TCP_PROTO: 'tcp',
      MY_WEB_PORT_80_TCP_PORT: '80',
      MY_WEB_PORT_80_TCP_ADDR: '10.96.0.2',
    });
  });

  it('leaves only the API server to pods that want no links', () => {
    const pod = makePod({ metadata: { namespace: 'shop' }, spec: { enableServiceLinks: false } });
    const names = [...serviceEnv(pod, [kubernetes, web]).keys()];
    assert.ok(names.every((name) => name.startsWith('KUBERNETES_')));
    assert.equal(names.length, 8);
  });
});

describe('environment', () => {
  const objects: PodObjects = {
    configMap: (name) => (name === 'cm' ? makeConfigMap('cm', { A: '1', B: '2' }) : undefined),
    secret: (name) => (name === 's' ? makeSecret('s', { A: 'secret' }) : undefined),
    services: [],
  };
  const of = (container: Omit<Container, 'name'>) =>
    Object.fromEntries(environment(facts(), objects, { name: 'c', ...container }));

  it('takes whole config maps and secrets, the later one over the earlier', () => {
    const envFrom = [
      { configMapRef: { name: 'cm' } },
      { prefix: 'S_', secretRef: { name: 's' } },
      { secretRef: { name: 's' } },
      { configMapRef: { name: 'none', optional: true } },
    ];
    assert.deepEqual(of({ envFrom }), { A: 'secret', B: '2', S_A: 'secret' });
  });

  it('lets values refer to what came before', () => {
    const env = [
      { name: 'X', value: 'x' },
      { name: 'Y', value: '$(X)/$(Z)' },
      { name: 'Z', value: 'z' },
    ];
    assert.deepEqual(of({ env }), { X: 'x', Y: 'x/$(Z)', Z: 'z' });
  });

  it('leaves out optional values that are not there', () => {
    const key = (name: string, key: string) => ({ configMapKeyRef: { name, key, optional: true } });
    const env = [
      { name: 'X', valueFrom: key('none', 'A') },
      { name: 'Y', valueFrom: key('cm', 'none') },
      { name: 'Z', valueFrom: key('cm', 'A') },
    ];
    assert.deepEqual(of({ env }), { Z: '1' });
  });

  const missing: readonly (readonly [Omit<Container, 'name'>, string])[] = [
    [{ envFrom: [{ configMapRef: { name: 'none' } }] }, 'configmap "none" not found'],
    [{ envFrom: [{ secretRef: { name: 'none' } }] }, 'secret "none" not found'],
    [
      { env: [{ name: 'X', valueFrom: { configMapKeyRef: { name: 'cm', key: 'C' } } }] },
      "couldn't find key C in ConfigMap default/cm",
    ],
    [
      { env: [{ name: 'X', valueFrom: { secretKeyRef: { name: 's', key: 'toString' } } }] },
      "couldn't find key toString in Secret default/s",
    ],
  ];
  for (const [container, message] of missing) {
    it(`says: ${message}`, () => assert.throws(() => of(container), { message }));
  }
});
