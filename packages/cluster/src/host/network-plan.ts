/**
 * The network that joins a machine and the nodes on it: one bridge, and for each node a network namespace with one
 * leg on it. The machine has the first address and is every node's gateway.
 */
export interface HostNetwork {
  readonly bridge: string;
  /** The machine's own address on the bridge; where nodes find the control plane. */
  readonly address: string;
  readonly prefix: number;
  readonly nodes: readonly NodeLink[];
}

export interface NodeLink {
  readonly name: string;
  readonly netns: string;
  /** The machine's end of the cable; the node's end is eth0. */
  readonly veth: string;
  readonly address: string;
}

/** Names of interfaces have at most 15 characters, and none may be shared by two clusters of one machine. */
export function planHostNetwork(id: string, nodeNames: readonly string[]): HostNetwork {
  const third = Number.parseInt(id.slice(0, 2), 16);
  const at = (host: number) => `10.89.${third}.${host}`;
  return {
    bridge: `berth${id}`,
    address: at(1),
    prefix: 24,
    nodes: nodeNames.map((name, i) => ({
      name,
      netns: netnsName(id, name),
      veth: `bv${id}-${i + 1}`,
      address: at(11 + i),
    })),
  };
}

const netnsName = (id: string, node: string): string => `berth-${id}-${node}`;

type Command = readonly [string, ...string[]];

/** What makes the bridge, when it is not there. */
export const bridgeCommands = ({ bridge, address, prefix }: HostNetwork): readonly Command[] => [
  ['ip', 'link', 'add', bridge, 'type', 'bridge'],
  ['ip', 'addr', 'add', `${address}/${prefix}`, 'dev', bridge],
  ['ip', 'link', 'set', bridge, 'up'],
];

/** What makes one node's namespace and plugs it in, when it is not there. */
export const nodeCommands = (
  { bridge, address: gateway, prefix }: HostNetwork,
  { netns, veth, address }: NodeLink,
): readonly Command[] => [
  ['ip', 'netns', 'add', netns],
  ['ip', 'link', 'add', veth, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', netns],
  ['ip', 'link', 'set', veth, 'master', bridge, 'up'],
  ['ip', '-n', netns, 'link', 'set', 'lo', 'up'],
  ['ip', '-n', netns, 'addr', 'add', `${address}/${prefix}`, 'dev', 'eth0'],
  ['ip', '-n', netns, 'link', 'set', 'eth0', 'up'],
  ['ip', '-n', netns, 'route', 'add', 'default', 'via', gateway],
  ['ip', 'netns', 'exec', netns, 'sysctl', '-qw', 'net.ipv4.ip_forward=1'],
];

/** Routes by which the machine itself reaches pods: each node's range through that node. */
export const podRouteCommands = (
  { nodes }: HostNetwork,
  ranges: ReadonlyMap<string, string>,
): readonly Command[] =>
  nodes.flatMap(({ name, address }): Command[] => {
    const range = ranges.get(name);
    return range ? [['ip', 'route', 'replace', range, 'via', address]] : [];
  });

/** The first node carries what the machine sends to Services: it turns their addresses into pods'. */
export const serviceRouteCommand = (
  { nodes: [first] }: HostNetwork,
  serviceCidr: string,
): readonly Command[] =>
  first ? [['ip', 'route', 'replace', serviceCidr, 'via', first.address]] : [];
