import assert from 'node:assert/strict';
import type { FieldError, Service, ServiceSpec } from '@berth/api';
import { createdAt, makeService } from '@berth/api/testing';
import { services } from './services.ts';

const context = { now: 0, user: { name: 'a', groups: [] }, warn: () => {} };
const texts = (errors: readonly FieldError[] = []) =>
  errors.map(({ field, detail }) => `${field}: ${detail}`);
const complete = (service: Service) => services.defaults?.(service) ?? service;
const bare = (spec: ServiceSpec): Service => ({ ...makeService('a'), spec });
const created = (spec: ServiceSpec) =>
  services.prepareForCreate?.(complete(bare(spec)), context) ?? bare(spec);
const updated = (spec: ServiceSpec, old: Service) =>
  services.prepareForUpdate?.(complete(bare(spec)), old, context) ?? old;
const port = { port: 80 };

describe('services', () => {
  it('get what upstream gives them', () => {
    assert.deepEqual(created({ ports: [port], selector: { app: 'a' } }).spec, {
      type: 'ClusterIP',
      sessionAffinity: 'None',
      internalTrafficPolicy: 'Cluster',
      ipFamilyPolicy: 'SingleStack',
      ipFamilies: ['IPv4'],
      selector: { app: 'a' },
      ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
    });
    const balanced = created({ type: 'LoadBalancer', sessionAffinity: 'ClientIP', ports: [port] });
    assert.equal(balanced.spec.externalTrafficPolicy, 'Cluster');
    assert.equal(balanced.spec.allocateLoadBalancerNodePorts, true);
    assert.deepEqual(balanced.spec.sessionAffinityConfig, { clientIP: { timeoutSeconds: 10800 } });
  });

  it('speak every family when they are headless and find their endpoints elsewhere', () => {
    const { spec } = created({ clusterIP: 'None' });
    assert.deepEqual(spec.clusterIPs, ['None']);
    assert.equal(spec.ipFamilyPolicy, 'RequireDualStack');
    assert.deepEqual(spec.ipFamilies, ['IPv4', 'IPv6']);
  });

  const cases: readonly (readonly [string, ServiceSpec, ...(readonly string[])])[] = [
    ['an ordinary service', { ports: [port] }],
    ['no ports', {}, 'spec.ports: Required value'],
    ['no ports of a headless service', { clusterIP: 'None' }],
    [
      'ports without names, twice',
      { ports: [port, port] },
      'spec.ports[0].name: Required value',
      'spec.ports[1].name: Required value',
      'spec.ports[1]: Duplicate value: {"protocol":"TCP","port":80}',
    ],
    [
      'ports out of range',
      { ports: [{ port: 0, targetPort: 'Web', nodePort: 30000 }] },
      'spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive',
      'spec.ports[0].targetPort: Invalid value: "Web": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
      "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'",
    ],
    ['an external name without one', { type: 'ExternalName' }, 'spec.externalName: Required value'],
    [
      'a headless node port',
      { type: 'NodePort', clusterIP: 'None', ports: [port] },
      'spec.clusterIPs[0]: Invalid value: "None": may not be set to \'None\' for NodePort services',
    ],
    [
      'an address that is none',
      { clusterIP: 'x', ports: [port] },
      'spec.clusterIPs[0]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    ],
    [
      'an address of the other family',
      { clusterIP: '10.0.0.1', ipFamilies: ['IPv6'], ports: [port] },
      'spec.clusterIPs[0]: Invalid value: "10.0.0.1": expected an IPv6 value as indicated by `ipFamilies[0]`',
    ],
    [
      'the loopback as external address',
      { externalIPs: ['127.0.0.1'], ports: [port] },
      'spec.externalIPs[0]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
    ],
    [
      'what only load balancers have',
      { ports: [port], loadBalancerClass: 'x/y', loadBalancerSourceRanges: ['10.0.0.0/8'] },
      "spec.LoadBalancerSourceRanges: Forbidden: may only be used when `type` is 'LoadBalancer'",
      "spec.loadBalancerClass: Forbidden: may only be used when `type` is 'LoadBalancer'",
    ],
    [
      'an unknown type',
      { type: 'Cluster', ports: [port] },
      'spec.type: Unsupported value: "Cluster": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
    ],
    [
      'an external policy without outside',
      { ports: [port], externalTrafficPolicy: 'Local' },
      'spec.externalTrafficPolicy: Invalid value: "Local": may only be set for externally-accessible services',
    ],
    [
      'an affinity that lasts too long',
      {
        ports: [port],
        sessionAffinity: 'ClientIP',
        sessionAffinityConfig: { clientIP: { timeoutSeconds: 86401 } },
      },
      'spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 86401: must be greater than 0 and less than 86400',
    ],
  ];
  for (const [name, spec, ...expected] of cases) {
    it(`${expected.length ? 'refuse' : 'take'} ${name}`, () => {
      assert.deepEqual(texts(services.validate?.(created(spec))), expected);
    });
  }

  const stored: Service = {
    ...created({ type: 'NodePort', ports: [port] }),
    status: { loadBalancer: {} },
  };
  const old: Service = {
    ...stored,
    spec: {
      ...stored.spec,
      clusterIP: '10.0.0.1',
      clusterIPs: ['10.0.0.1'],
      ports: [{ port: 80, protocol: 'TCP', targetPort: 80, nodePort: 30001 }],
    },
  };

  it('keep their addresses when an update does not speak of them', () => {
    const { spec } = updated({ type: 'NodePort', ports: [port] }, old);
    assert.deepEqual(spec, old.spec);
  });

  it('lose what their new type has no use for', () => {
    const { spec } = updated({ ...old.spec, type: 'ExternalName', externalName: 'a.b' }, old);
    assert.equal(spec.clusterIP, undefined);
    assert.equal(spec.clusterIPs, undefined);
    assert.equal(spec.ipFamilies, undefined);
    assert.deepEqual(spec.ports, [{ port: 80, protocol: 'TCP', targetPort: 80 }]);
    const inside = updated({ ...old.spec, type: 'ClusterIP' }, old);
    assert.equal(inside.spec.externalTrafficPolicy, undefined);
    assert.deepEqual(texts(services.validateUpdate?.(inside, old)), []);
  });

  it('do not change their address', () => {
    const moved = updated({ ...old.spec, clusterIP: '10.0.0.2' }, old);
    assert.deepEqual(texts(services.validateUpdate?.(moved, old)), [
      'spec.clusterIPs[0]: Invalid value: ["10.0.0.2"]: may not change once set',
    ]);
  });

  it('refuse what a load balancer cannot say', () => {
    const service = {
      ...created({ type: 'LoadBalancer', ports: [port] }),
      status: { loadBalancer: { ingress: [{ ip: '10.0.0.9' }, { hostname: '10.0.0.9' }] } },
    };
    assert.deepEqual(texts(services.status?.validateUpdate?.(service, service)), [
      'status.loadBalancer.ingress[0].ipMode: Required value: must be specified when `ip` is set',
      'status.loadBalancer.ingress[1].hostname: Invalid value: "10.0.0.9": must be a DNS name, not an IP address',
    ]);
  });

  it('are shown as kubectl shows them', () => {
    const now = Date.parse(createdAt) + 1000;
    const row = (service: Service) => services.columns.map(({ cell }) => cell(service, now));
    assert.deepEqual(row(old), [
      'a',
      'NodePort',
      '10.0.0.1',
      '<none>',
      '80:30001/TCP',
      '1s',
      '<none>',
    ]);
    const balanced = {
      ...bare({ type: 'LoadBalancer', selector: { b: '1', a: '2' } }),
      status: { loadBalancer: { ingress: [{ ip: '10.0.0.9' }] } },
    };
    assert.deepEqual(row(balanced), [
      'a',
      'LoadBalancer',
      '<none>',
      '10.0.0.9',
      '<none>',
      '1s',
      'a=2,b=1',
    ]);
    assert.equal(row(bare({ type: 'LoadBalancer' }))[3], '<pending>');
    assert.equal(row(bare({ type: 'ExternalName', externalName: 'x.y' }))[3], 'x.y');
  });
});
