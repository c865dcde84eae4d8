import assert from 'node:assert/strict';

import type { Container, Pod } from '@berth/api';

import { containerConfig } from './container-config.ts';
import { dnsConfig, parseResolvConf } from './dns.ts';
import { hostNetworkHosts, podHosts } from './hosts-file.ts';
import { qosClass } from './qos.ts';
import { cpuShares, linuxResources, oomScore } from './resources.ts';
import { podFqdn, podHostname, sandboxConfig } from './sandbox-config.ts';
import { containerSecurity } from './security-context.ts';
import { makePod } from './testing/index.ts';

const security = { seccompRoot: '/seccomp', seccompDefault: false };
const gibi = 1024 ** 3;

const podWith = (container: Partial<Container>, spec: Partial<Pod['spec']> = {}) =>
  makePod({ spec: { containers: [{ name: 'c', image: 'i', ...container }], ...spec } });

describe('containerConfig', () => {
  const configOf = (pod: Pod) =>
    containerConfig({
      facts: { pod, podIps: ['10.0.0.1'], hostIps: [], allocatable: {} },
      objects: { configMap: () => undefined, secret: () => undefined, services: [] },
      spec: { kind: 'app', container: pod.spec.containers[0]! },
      attempt: 3,
      restartCount: 2,
      imageRef: 'sha256:1',
      imageUser: {},
      mounts: [{ containerPath: '/a', hostPath: '/b' }],
      nodeMemoryBytes: 4 * gibi,
      security,
    });

  it('puts variables into command and arguments', () => {
    const env = [{ name: 'A', value: 'x' }];
    const config = configOf(podWith({ command: ['run', '$(A)'], args: ['$$(A)'], env, tty: true }));
    assert.deepEqual(config.command, ['run', 'x']);
    assert.deepEqual(config.args, ['$(A)']);
    assert.equal(config.tty, true);
  });

  it('marks the container so that another agent can take it over', () => {
    const pod = podWith({ terminationMessagePath: '/dev/termination-log' });
    const config = configOf(pod);
    assert.deepEqual(config.metadata, { name: 'c', attempt: 3 });
    assert.equal(config.logPath, 'c/2.log');
    assert.deepEqual(config.labels, {
      'io.kubernetes.pod.name': 'a',
      'io.kubernetes.pod.namespace': 'default',
      'io.kubernetes.pod.uid': pod.metadata.uid,
      'io.kubernetes.container.name': 'c',
    });
    assert.equal(config.annotations['io.kubernetes.container.restartCount'], '2');
    assert.match(config.annotations['io.kubernetes.container.hash'] ?? '', /^[0-9a-f]{8}$/);
  });
});

describe('containerSecurity', () => {
  const of = (pod: Pod, user = {}) =>
    containerSecurity(pod, pod.spec.containers[0]!, user, security);

  it('lets the container override the pod', () => {
    const pod = podWith(
      { securityContext: { runAsUser: 7, allowPrivilegeEscalation: false } },
      { securityContext: { runAsUser: 1, runAsGroup: 2, fsGroup: 3, supplementalGroups: [4] } },
    );
    const { runAsUser, runAsGroup, supplementalGroups, noNewPrivs } = of(pod);
    assert.deepEqual(
      [runAsUser, runAsGroup, supplementalGroups, noNewPrivs],
      [{ value: 7 }, { value: 2 }, [4, 3], true],
    );
  });

  it('hides what shows the host, unless the pod may see it', () => {
    assert.ok(of(podWith({})).maskedPaths?.includes('/proc/kcore'));
    assert.deepEqual(of(podWith({ securityContext: { procMount: 'Unmasked' } })).maskedPaths, []);
  });

  it('shares the namespaces that the pod shares', () => {
    const { namespaceOptions } = of(
      podWith({}, { hostNetwork: true, shareProcessNamespace: true }),
    );
    assert.deepEqual(namespaceOptions, { network: 'NODE', ipc: 'POD', pid: 'POD' });
  });

  it('knows the seccomp profiles', () => {
    const profile = (seccompProfile: { type: string; localhostProfile?: string }) =>
      of(podWith({ securityContext: { seccompProfile } })).seccomp;
    assert.deepEqual(profile({ type: 'RuntimeDefault' }), { profileType: 'RuntimeDefault' });
    assert.deepEqual(profile({ type: 'Localhost', localhostProfile: 'a.json' }), {
      profileType: 'Localhost',
      localhostRef: '/seccomp/a.json',
    });
    assert.deepEqual(of(podWith({})).seccomp, { profileType: 'Unconfined' });
  });

  const nonRoot = podWith({ securityContext: { runAsNonRoot: true } });
  it('refuses root where root may not be', () => {
    assert.throws(() => of(nonRoot, { uid: 0 }), /image will run as root/);
    assert.throws(() => of(nonRoot), /image will run as root/);
    assert.throws(() => of(nonRoot, { username: 'web' }), /non-numeric user \(web\)/);
    const asRoot = podWith({ securityContext: { runAsNonRoot: true, runAsUser: 0 } });
    assert.throws(() => of(asRoot), /breaks non-root policy/);
    assert.deepEqual(of(nonRoot, { uid: 5 }).runAsUser, { value: 5 });
  });
});

describe('resources', () => {
  const of = (requests: Record<string, string>, limits: Record<string, string>) => {
    const pod = podWith({ resources: { requests, limits } });
    return linuxResources(pod, pod.spec.containers[0]!, 4 * gibi);
  };

  it('turns requests and limits into what the kernel knows', () => {
    assert.deepEqual(of({ cpu: '500m', memory: '1Gi' }, { cpu: '1', memory: '2Gi' }), {
      cpuShares: 512,
      cpuPeriod: 100_000,
      cpuQuota: 100_000,
      memoryLimitInBytes: 2 * gibi,
      oomScoreAdj: 750,
    });
  });

  it('takes a limit for the request where there is none', () => {
    assert.equal(of({}, { cpu: '2' }).cpuShares, 2048);
  });

  it('stays within the bounds of the kernel', () => {
    assert.equal(cpuShares(0), 2);
    assert.equal(cpuShares(1e9), 262_144);
    assert.equal(of({}, { cpu: '1m' }).cpuQuota, 1000);
  });

  it('sorts pods by how well they are protected', () => {
    const guaranteed = { cpu: '1', memory: '1Gi' };
    const pods = [
      podWith({ resources: { requests: guaranteed, limits: guaranteed } }),
      podWith({ resources: { limits: guaranteed } }),
      podWith({ resources: { requests: { cpu: '1' } } }),
      podWith({ resources: { requests: { cpu: '0' } } }),
      podWith({}),
    ];
    assert.deepEqual(pods.map(qosClass), [
      'Guaranteed',
      'Guaranteed',
      'Burstable',
      'BestEffort',
      'BestEffort',
    ]);
    assert.deepEqual(
      pods.map((pod) => oomScore(pod, '1Gi', 4 * gibi)),
      [-997, -997, 750, 1000, 1000],
    );
    assert.equal(oomScore(pods[2]!, '4Gi', 4 * gibi), 3);
    assert.equal(oomScore(pods[2]!, '1', 4 * gibi), 999);
  });
});

describe('sandboxConfig', () => {
  const dns = { servers: [], searches: [], options: [] };
  const of = (pod: Pod) =>
    sandboxConfig({ pod, attempt: 1, logDirectory: '/l', dns, clusterDomain: 'cluster.local' });

  it('names the pod and its ports', () => {
    const ports = [
      { containerPort: 80, hostPort: 8080 },
      { containerPort: 53, protocol: 'UDP' },
    ];
    const config = of(podWith({ ports }));
    assert.equal(config.hostname, 'a');
    assert.equal(config.metadata.attempt, 1);
    assert.deepEqual(config.portMappings, [
      { protocol: 'TCP', containerPort: 80, hostPort: 8080 },
      { protocol: 'UDP', containerPort: 53, hostPort: 0 },
    ]);
  });

  it('gives no host name to pods on the network of the node', () => {
    const config = of(podWith({}, { hostNetwork: true }));
    assert.equal(config.hostname, undefined);
    assert.equal(config.linux?.securityContext?.namespaceOptions?.network, 'NODE');
  });

  it('spells sysctls with dots', () => {
    const sysctls = [{ name: 'net/ipv4/ip_local_port_range', value: '1 2' }];
    const { linux } = of(podWith({}, { securityContext: { sysctls } }));
    assert.deepEqual(linux?.sysctls, { 'net.ipv4.ip_local_port_range': '1 2' });
  });

  it('cuts long names to what a host name may be', () => {
    const pod = makePod({ metadata: { name: `${'x'.repeat(62)}-.y` } });
    assert.equal(podHostname(pod), 'x'.repeat(62));
  });

  it('knows the full name of pods with a subdomain', () => {
    const pod = podWith({}, { hostname: 'db-0', subdomain: 'db' });
    assert.equal(podFqdn(pod, 'cluster.local'), 'db-0.db.default.svc.cluster.local');
  });
});

describe('dnsConfig', () => {
  const options = {
    clusterDns: ['10.96.0.10'],
    clusterDomain: 'cluster.local',
    host: parseResolvConf(
      'nameserver 1.1.1.1\n# x\nsearch old\nsearch corp.example\noptions edns0\n',
    ),
  };
  const cluster = {
    servers: ['10.96.0.10'],
    searches: ['default.svc.cluster.local', 'svc.cluster.local', 'cluster.local', 'corp.example'],
    options: ['ndots:5'],
  };

  it('puts the cluster first', () => assert.deepEqual(dnsConfig(makePod(), options), cluster));

  it('gives the resolver of the node to those who want it, or are on its network', () => {
    const { host } = options;
    assert.deepEqual(dnsConfig(podWith({}, { dnsPolicy: 'Default' }), options), host);
    assert.deepEqual(dnsConfig(podWith({}, { hostNetwork: true }), options), host);
    const both = { hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' };
    assert.deepEqual(dnsConfig(podWith({}, both), options), cluster);
  });

  it('adds what the pod adds, its options over others', () => {
    const own = {
      nameservers: ['8.8.8.8'],
      searches: ['own.example'],
      options: [{ name: 'ndots', value: '2' }, { name: 'rotate' }],
    };
    assert.deepEqual(dnsConfig(podWith({}, { dnsPolicy: 'None', dnsConfig: own }), options), {
      servers: ['8.8.8.8'],
      searches: ['own.example'],
      options: ['ndots:2', 'rotate'],
    });
    const added = dnsConfig(podWith({}, { dnsConfig: own }), options);
    assert.deepEqual(added.options, ['ndots:2', 'rotate']);
    assert.deepEqual(added.servers, ['10.96.0.10', '8.8.8.8']);
  });
});

describe('hosts files', () => {
  const aliases = [{ ip: '1.2.3.4', hostnames: ['x', 'y'] }];

  it('say who the pod is', () => {
    const lines = podHosts(['10.0.0.1'], ['full.name', 'name'], aliases).split('\n');
    assert.equal(lines[0], '# Kubernetes-managed hosts file.');
    assert.ok(lines.includes('127.0.0.1\tlocalhost'));
    assert.ok(lines.includes('10.0.0.1\tfull.name\tname'));
    assert.deepEqual(lines.slice(-3), ['# Entries added by HostAliases.', '1.2.3.4\tx\ty', '']);
  });

  it('start from those of the node on its network', () => {
    const text = hostNetworkHosts('1.1.1.1 node\n', []);
    assert.equal(text, '# Kubernetes-managed hosts file (host network).\n1.1.1.1 node\n');
  });
});
