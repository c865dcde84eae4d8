import { integer, list, optionalText, text, toggle } from '@berth/component-base';

/** The flags of `berth agent`, under the names that kubelet and k3s use where they have them. */
export const agentFlags = {
  server: optionalText('Address of the control plane, host:port of its node channel', 'HOST:PORT'),
  token: optionalText('Bootstrap token to join with; not needed once the node has a certificate'),
  rootDir: text('/var/lib/berth/agent', 'Where pods and the identity of the node are kept', 'DIR'),
  podLogsDir: text('/var/log/pods', 'Where containers log to', 'DIR'),
  containerRuntimeEndpoint: text(
    'unix:///run/containerd/containerd.sock',
    'Socket of the CRI runtime',
    'URL',
  ),
  hostnameOverride: optionalText('Name of the node (default is the hostname)', 'NAME'),
  nodeIp: list([], 'Addresses of the node, the first one is its main address', 'IP,…'),
  nodeLabels: list([], 'Labels to register the node with', 'KEY=VALUE,…'),
  registerWithTaints: list([], 'Taints to register the node with', 'KEY=VALUE:EFFECT,…'),
  maxPods: integer(110, 'How many pods the node takes'),
  systemReserved: list([], 'Resources kept back from pods', 'cpu=100m,memory=…'),
  clusterDns: list([], 'Addresses of the cluster DNS', 'IP,…'),
  clusterDomain: text('cluster.local', 'Domain of the cluster', 'DOMAIN'),
  resolvConf: text('/etc/resolv.conf', 'Resolver configuration that pods start from', 'FILE'),
  cgroupRoot: optionalText("Cgroup to make pods in (default is the runtime's)", 'PATH'),
  seccompDefault: toggle(false, "Give pods without a seccomp profile the runtime's default one"),
  containerLogMaxSize: integer(10 * 1024 * 1024, 'Size at which a log is rotated', {
    min: 1024,
    placeholder: 'BYTES',
  }),
  containerLogMaxFiles: integer(5, 'How many files of one log are kept', { min: 2 }),
  nodeStatusUpdateFrequency: integer(10, 'Seconds between two signs of life', {
    min: 1,
    placeholder: 'SECONDS',
  }),
  statsInterval: integer(10, 'Seconds between two measurements of usage', {
    min: 1,
    placeholder: 'SECONDS',
  }),
} as const;
