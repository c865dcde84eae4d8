import assert from 'node:assert/strict';
import type { PodSpec } from '@berth/api';
import { strategies } from '../../registry/index.ts';
import { createBench } from '../../registry/testing/exchange.ts';
import type { Bench } from '../../registry/testing/exchange.ts';
import { detailsOf, violationsOf } from './checks.ts';
import { podSecurity } from './pod-security.ts';
import type { Level } from './policy.ts';

const good = {
  securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
  containers: [
    {
      name: 'a',
      image: 'i',
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
    },
  ],
};

const against = (level: Level, spec: object, minor = Infinity, annotations = {}) =>
  detailsOf(violationsOf({ level, minor }, { metadata: { annotations }, spec: spec as PodSpec }));

const plain = (securityContext: object, more: object = {}) => ({
  containers: [{ name: 'a', securityContext, ...more }],
});

describe('Pod Security Standards', () => {
  const cases: readonly (readonly [string, object])[] = [
    [
      'privileged (container "a" must not set securityContext.privileged=true)',
      plain({ privileged: true }),
    ],
    [
      'non-default capabilities (container "a" must not include "NET_RAW", "SYS_ADMIN" in securityContext.capabilities.add)',
      plain({ capabilities: { add: ['SYS_ADMIN', 'NET_RAW', 'CHOWN'] } }),
    ],
    [
      'host namespaces (hostNetwork, hostPID)',
      { hostPID: true, hostNetwork: true, containers: [] },
    ],
    [
      'hostPath volumes (volume "v")',
      { containers: [], volumes: [{ name: 'v', hostPath: { path: '/' } }] },
    ],
    [
      'hostPort (container "a" uses hostPorts 80, 81)',
      plain({}, { ports: [{ hostPort: 81 }, { hostPort: 80 }] }),
    ],
    [
      'probe or lifecycle host (container "a" uses probe or lifecycle host "h")',
      plain({}, { livenessProbe: { httpGet: { host: 'h', port: 1 } } }),
    ],
    [
      'procMount (container "a" must not set securityContext.procMount to "Unmasked")',
      plain({ procMount: 'Unmasked' }),
    ],
    [
      'seccompProfile (pod and container "a" must not set securityContext.seccompProfile.type to "Unconfined")',
      {
        ...plain({ seccompProfile: { type: 'Unconfined' } }),
        securityContext: { seccompProfile: { type: 'Unconfined' } },
      },
    ],
    [
      'seLinuxOptions (container "a" set forbidden securityContext.seLinuxOptions: type "x"; user may not be set)',
      plain({ seLinuxOptions: { type: 'x', user: 'u' } }),
    ],
    [
      'forbidden sysctls (a.b)',
      { containers: [], securityContext: { sysctls: [{ name: 'a.b' }] } },
    ],
    [
      'hostProcess (pod must not set securityContext.windowsOptions.hostProcess=true)',
      { containers: [], securityContext: { windowsOptions: { hostProcess: true } } },
    ],
    [
      'forbidden AppArmor profile (container "a" must not set AppArmor profile type to "Unconfined")',
      plain({ appArmorProfile: { type: 'Unconfined' } }),
    ],
  ];
  for (const [expected, spec] of cases)
    it(`baseline refuses ${expected}`, () => assert.equal(against('baseline', spec), expected));

  it('privileged lets everything in', () => {
    for (const [, spec] of cases) assert.equal(against('privileged', spec), '');
  });

  it('restricted wants to be told that a pod needs nothing', () => {
    assert.equal(against('restricted', good), '');
    assert.equal(
      against('restricted', { ...plain({}), volumes: [{ name: 'v', nfs: {} }] }),
      [
        'allowPrivilegeEscalation != false (container "a" must set securityContext.allowPrivilegeEscalation=false)',
        'unrestricted capabilities (container "a" must set securityContext.capabilities.drop=["ALL"])',
        'restricted volume types (volume "v" uses restricted volume type "nfs")',
        'runAsNonRoot != true (pod or container "a" must set securityContext.runAsNonRoot=true)',
        'seccompProfile (pod or container "a" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
      ].join(', '),
    );
  });

  it('are as they were in the version that is asked for', () => {
    const rmem = { containers: [], securityContext: { sysctls: [{ name: 'net.ipv4.tcp_rmem' }] } };
    assert.equal(against('baseline', rmem, 31), 'forbidden sysctls (net.ipv4.tcp_rmem)');
    assert.equal(against('baseline', rmem, 32), '');
    const root = { ...good, securityContext: { ...good.securityContext, runAsUser: 0 } };
    assert.equal(against('restricted', root, 22), '');
    assert.equal(against('restricted', root, 23), 'runAsUser=0 (pod must not set runAsUser=0)');
    assert.equal(against('restricted', { ...root, hostUsers: false }, 35), '');
    const unconfined = { 'seccomp.security.alpha.kubernetes.io/pod': 'unconfined' };
    assert.match(
      against('baseline', good, 18, unconfined),
      /^seccompProfile \(forbidden annotation/,
    );
    assert.equal(against('baseline', good, 19, unconfined), '');
  });
});

describe('PodSecurity', () => {
  let bench: Bench;
  beforeEach(() => {
    const exempt = { usernames: ['trusted'], namespaces: [], runtimeClasses: [] };
    bench = createBench(strategies, { admission: (reads) => [podSecurity(reads, exempt)] });
  });
  afterEach(() => bench.registry.close());

  const space = (labels: object) => ({
    metadata: {
      name: 'n',
      labels: Object.fromEntries(
        Object.entries(labels).map(([k, v]) => [`pod-security.kubernetes.io/${k}`, v as string]),
      ),
    },
  });
  const make = (labels: object) =>
    bench.call('POST', '/api/v1/namespaces', { body: space(labels) });
  const pod = (name: string, spec: object, user = 'admin') =>
    bench.call('POST', '/api/v1/namespaces/n/pods', {
      body: { metadata: { name }, spec },
      user: { name: user, groups: [] },
    });
  const bad = { hostPID: true, containers: [{ name: 'a', image: 'i' }] };

  it('refuses pods, warns of what would make them, and lets exempt users be', async () => {
    await make({ enforce: 'baseline', 'enforce-version': 'v1.30' });
    const refused = await pod('p', bad);
    assert.equal(refused.status, 403);
    assert.equal(
      refused.json.message,
      'pods "p" is forbidden: violates PodSecurity "baseline:v1.30": host namespaces (hostPID)',
    );
    assert.equal((await pod('q', bad, 'trusted')).status, 201);
    const { status, warnings } = await bench.call(
      'POST',
      '/apis/apps/v1/namespaces/n/deployments',
      {
        body: {
          metadata: { name: 'd' },
          spec: {
            selector: { matchLabels: { a: 'b' } },
            template: { metadata: { labels: { a: 'b' } }, spec: bad },
          },
        },
      },
    );
    assert.equal(status, 201);
    assert.deepEqual(warnings, [
      'would violate PodSecurity "baseline:v1.30": host namespaces (hostPID)',
    ]);
  });

  it('only warns where that is all that is asked', async () => {
    await make({ warn: 'baseline' });
    const { status, warnings } = await pod('p', bad);
    assert.equal(status, 201);
    assert.deepEqual(warnings, [
      'would violate PodSecurity "baseline:latest": host namespaces (hostPID)',
    ]);
  });

  it('refuses labels that mean nothing', async () => {
    const { status, json } = await make({ enforce: 'x', 'warn-version': '1' });
    assert.equal(status, 422);
    assert.equal(
      json.message,
      'Namespace "n" is invalid: [metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "x": must be one of privileged, baseline, restricted, metadata.labels[pod-security.kubernetes.io/warn-version]: Invalid value: "1": must be "latest" or "v1.x"]',
    );
  });

  it('tells which pods a stricter level would not let in', async () => {
    await make({});
    for (const name of ['b', 'a']) await pod(name, bad);
    const { warnings } = await bench.call('PUT', '/api/v1/namespaces/n', {
      body: space({ enforce: 'baseline' }),
    });
    assert.deepEqual(warnings, [
      'existing pods in namespace "n" violate the new PodSecurity enforce level "baseline:latest"',
      'a (and 1 other pod): host namespaces',
    ]);
  });
});
