import { choice, integer, list, optionalText, port, text, toggle } from '@berth/component-base';
import type { OptionsOf } from '@berth/component-base';

/** The flags of `berth up`. */
export const upFlags = {
  dataDir: optionalText(
    'where everything of the cluster is kept (default /var/lib/berth for root, else ~/.local/share/berth)',
    'DIR',
  ),
  store: choice(['embedded', 'etcd'], 'embedded', 'what keeps the objects'),
  etcdServers: list([], 'URLs of the etcd cluster, with --store etcd', 'URL,…'),
  nodes: integer(1, 'how many nodes to run on this machine', { min: 0, max: 200 }),
  runtime: choice(
    ['auto', 'containerd', 'simulated'],
    'auto',
    'what runs the pods; auto takes containerd when it can and simulates otherwise',
  ),
  securePort: port(6443, 'where the API is served'),
  nodePort: port(0, 'where nodes connect to (default: the port after --secure-port)'),
  serviceCidr: text('10.96.0.0/16', 'addresses of Services', 'CIDR'),
  clusterCidr: text('10.244.0.0/16', 'addresses of pods; every node gets a /24 of it', 'CIDR'),
  detach: toggle(false, 'return once the cluster is ready, and leave it running'),
  writeKubeconfig: optionalText('write the admin kubeconfig here too', 'FILE'),
  separateProcesses: toggle(
    false,
    'run API server, scheduler and controllers as a process each instead of all in one',
  ),
  nodeMonitorGracePeriod: text('50s', 'how long a node may be silent', 'DURATION'),
  defaultTolerationSeconds: integer(
    300,
    'how long pods stay on a node that is not ready, unless they say otherwise',
  ),
  hpaSyncPeriod: text('15s', 'how often autoscalers look at their targets', 'DURATION'),
  statsInterval: integer(10, 'seconds between two measurements of what pods use', { min: 1 }),
  logLevel: choice(['error', 'info', 'debug'], 'info', 'how much the parts say in their logs'),
} as const;

export type UpOptions = OptionsOf<typeof upFlags>;
