import assert from 'node:assert/strict';
import { makeEndpointSlice, makeNode, makePod, makeService } from '@berth/api/testing';
import { planHostPorts } from './host-ports.ts';
import { planRouteChanges, planRoutes } from './routes.ts';
import { planRuleset } from './ruleset.ts';
import { planServicePorts } from './service-ports.ts';

const service = makeService('web', {
  clusterIP: '10.96.0.10',
  clusterIPs: ['10.96.0.10'],
  ports: [{ port: 80, targetPort: 8080, protocol: 'TCP' }],
});
type Endpoints = NonNullable<ReturnType<typeof makeEndpointSlice>['endpoints']>;
const slice = (endpoints: Endpoints) => ({
  ...makeEndpointSlice('web-1', []),
  metadata: {
    ...makeEndpointSlice('web-1', []).metadata,
    labels: { 'kubernetes.io/service-name': 'web' },
  },
  addressType: 'IPv4',
  ports: [{ name: '', protocol: 'TCP', port: 8080 }],
  endpoints,
});
const at = (ip: string, conditions = {}, nodeName = 'n') => ({
  addresses: [ip],
  conditions,
  nodeName,
});
const backends = (endpoints: Endpoints, overrides = {}) =>
  planServicePorts(
    [{ ...service, spec: { ...service.spec, ...overrides } }],
    [slice(endpoints)],
    'n',
  )[0]?.backends.map(({ ip, port }) => `${ip}:${port}`);

describe('planServicePorts', () => {
  it('sends to ready endpoints', () => {
    const endpoints = [at('10.0.0.2', { ready: true }), at('10.0.0.3', { ready: false })];
    assert.deepEqual(backends(endpoints), ['10.0.0.2:8080']);
  });
  it('sends to endpoints that end but serve while none is ready', () => {
    const endpoints = [
      at('10.0.0.2', { ready: false, serving: true, terminating: true }),
      at('10.0.0.3', { ready: false, serving: false, terminating: true }),
    ];
    assert.deepEqual(backends(endpoints), ['10.0.0.2:8080']);
  });
  it('stays on the node when the Service says so', () => {
    const endpoints = [at('10.0.0.2', {}, 'n'), at('10.0.0.3', {}, 'other')];
    assert.deepEqual(backends(endpoints, { internalTrafficPolicy: 'Local' }), ['10.0.0.2:8080']);
  });
  it('leaves headless Services alone', () => {
    const headless = { clusterIP: 'None', clusterIPs: ['None'] };
    assert.equal(backends([at('10.0.0.2')], headless), undefined);
  });
});

describe('planRuleset', () => {
  const port = {
    name: 'default/web:80',
    protocol: 'tcp' as const,
    clusterIps: ['10.96.0.10'],
    port: 80,
    nodePort: undefined,
    sticky: false,
    backends: [],
  };
  const rules = (overrides: Partial<Parameters<typeof planRuleset>[0]>) =>
    planRuleset({ servicePorts: [], hostPorts: [], clusterCidr: '10.244.0.0/16', ...overrides });
  const two = [
    { ip: '10.244.0.2', port: 8080 },
    { ip: '10.244.1.2', port: 8080 },
  ];

  it('spreads over the backends, or sticks to one by the client', () => {
    const map = 'map { 0 : 10.244.0.2 . 8080, 1 : 10.244.1.2 . 8080 }';
    const spread = rules({ servicePorts: [{ ...port, backends: two }] });
    assert.ok(
      spread.includes(`ip daddr 10.96.0.10 tcp dport 80 dnat ip to numgen random mod 2 ${map}`),
    );
    const sticky = rules({ servicePorts: [{ ...port, sticky: true, backends: two }] });
    assert.ok(sticky.includes(`dnat ip to jhash ip saddr mod 2 ${map}`));
  });
  it('refuses what has no backends', () => {
    const text = rules({ servicePorts: [port] });
    assert.ok(text.includes('ip daddr 10.96.0.10 tcp dport 80 reject with tcp reset'));
    assert.ok(!text.includes('dnat'.concat(' to')));
  });
  it('masquerades a pod that reaches itself through a Service', () => {
    const text = rules({ servicePorts: [{ ...port, backends: two.slice(0, 1) }] });
    assert.ok(text.includes('ip saddr . ip daddr { 10.244.0.2 . 10.244.0.2 } masquerade'));
  });
  it('opens node ports and host ports on the node itself', () => {
    const pod = makePod(
      'p',
      { containers: [{ name: 'c', image: 'i', ports: [{ containerPort: 80, hostPort: 8080 }] }] },
      { status: { phase: 'Running', podIP: '10.244.0.9' } },
    );
    const text = rules({
      servicePorts: [{ ...port, nodePort: 30080, backends: two }],
      hostPorts: planHostPorts([pod]),
    });
    assert.ok(text.includes('fib daddr type local tcp dport 30080 dnat'));
    assert.ok(text.includes('fib daddr type local tcp dport 8080 dnat to 10.244.0.9:80'));
  });
});

describe('planRoutes', () => {
  const node = (name: string, podCIDR: string, address: string) =>
    makeNode(name, { podCIDR }, { status: { addresses: [{ type: 'InternalIP', address }] } });
  const nodes = [node('a', '10.244.0.0/24', '10.0.0.1'), node('b', '10.244.1.0/24', '10.0.0.2')];
  it('leads to the other nodes', () => {
    assert.deepEqual(planRoutes(nodes, 'a'), [{ to: '10.244.1.0/24', via: '10.0.0.2' }]);
  });
  it('changes only what changed', () => {
    const present = [
      { to: '10.244.1.0/24', via: '10.0.0.2' },
      { to: '10.244.2.0/24', via: '10.0.0.3' },
    ];
    const wanted = [{ to: '10.244.1.0/24', via: '10.0.0.9' }];
    assert.deepEqual(planRouteChanges(wanted, present), {
      set: wanted,
      remove: [{ to: '10.244.2.0/24', via: '10.0.0.3' }],
    });
  });
});
