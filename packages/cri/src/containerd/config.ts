/** One containerd for one node; several of them run side by side when nothing here is shared. */
export interface ContainerdOptions {
  /** Images and snapshots: kept. */
  readonly root: string;
  /** What runs: worthless after a reboot. */
  readonly state: string;
  readonly socket: string;
  readonly cniConfDir: string;
  readonly cniBinDir: string;
  readonly sandboxImage: string;
  readonly snapshotter: Snapshotter;
  /** Where exec, attach and port-forward are served, on a free port; an address of the network namespace it runs in. */
  readonly streamAddress?: string;
  /** Without CAP_SYS_RESOURCE no process may lower its OOM score, and containers that ask for it fail to start. */
  readonly restrictOomScoreAdj: boolean;
  /** The cgroup containerd itself lives in: `/berth/node-1`. Pods name theirs in their sandbox. */
  readonly cgroup?: string;
  readonly runtimeBinary?: string;
}

export type Snapshotter = 'overlayfs' | 'native';

type Value = string | number | boolean | readonly string[] | Table;
interface Table {
  readonly [key: string]: Value;
}

/** Parts of containerd that a node agent never asks for; each of them costs start-up time or memory. */
const unused = [
  'io.containerd.snapshotter.v1.aufs',
  'io.containerd.snapshotter.v1.btrfs',
  'io.containerd.snapshotter.v1.devmapper',
  'io.containerd.snapshotter.v1.zfs',
  'io.containerd.internal.v1.opt',
  'io.containerd.internal.v1.tracing',
  'io.containerd.tracing.processor.v1.otlp',
];

/** The configuration file of containerd 1.6 and 1.7 (version 2), as TOML. */
export function planContainerdConfig(options: ContainerdOptions): string {
  const runc = {
    runtime_type: 'io.containerd.runc.v2',
    options: {
      // Its default is one directory for every containerd of the machine.
      Root: runcRoot(options),
      ...(options.runtimeBinary && { BinaryName: options.runtimeBinary }),
      SystemdCgroup: false,
    },
  };
  const cri = {
    sandbox_image: options.sandboxImage,
    stream_server_address: options.streamAddress ?? '127.0.0.1',
    stream_server_port: '0',
    restrict_oom_score_adj: options.restrictOomScoreAdj,
    disable_apparmor: true,
    tolerate_missing_hugetlb_controller: true,
    // A leaked network namespace can be told from those of another node.
    netns_mounts_under_state_dir: true,
    // As later releases do by default: port 80 and ping need no capability inside a pod.
    enable_unprivileged_ports: true,
    enable_unprivileged_icmp: true,
    containerd: {
      snapshotter: options.snapshotter,
      default_runtime_name: 'runc',
      runtimes: { runc },
    },
    cni: { bin_dir: options.cniBinDir, conf_dir: options.cniConfDir, max_conf_num: 1 },
  };
  return toToml({
    version: 2,
    root: options.root,
    state: options.state,
    disabled_plugins: unused,
    grpc: { address: options.socket },
    ...(options.cgroup && { cgroup: { path: options.cgroup } }),
    plugins: { 'io.containerd.grpc.v1.cri': cri },
  });
}

/** Where runc keeps the state of this node's containers. */
export const runcRoot = ({ state }: Pick<ContainerdOptions, 'state'>): string => `${state}/runc`;

function toToml(table: Table, path: readonly string[] = []): string {
  const entries = Object.entries(table);
  const values = entries.flatMap(([key, value]) =>
    isTable(value) ? [] : [`${quoteKey(key)} = ${formatValue(value)}\n`],
  );
  const tables = entries.flatMap(([key, value]) =>
    isTable(value) ? [toToml(value, [...path, quoteKey(key)])] : [],
  );
  const heading = path.length > 0 && values.length > 0 ? `\n[${path.join('.')}]\n` : '';
  return heading + values.join('') + tables.join('');
}

const isTable = (value: Value): value is Table =>
  typeof value === 'object' && !Array.isArray(value);

const formatValue = (value: Exclude<Value, Table>): string =>
  // TOML's basic strings and arrays of them are written as JSON writes them.
  typeof value === 'object' || typeof value === 'string' ? JSON.stringify(value) : String(value);

const quoteKey = (key: string) => (/^[\w-]+$/.test(key) ? key : JSON.stringify(key));
