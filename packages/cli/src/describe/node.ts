import { addQuantities, asNumber, formatQuantity, parseQuantity } from '@berth/api';
import type { Event, Lease, Node, Pod, Quantity } from '@berth/api';
import { ageOf } from '../printers/table.ts';
import { eventLines } from './events.ts';
import { annotationLines, labelLines, line, listed, tableLines, timeText } from './lines.ts';
import type { Line } from './lines.ts';

export interface NodeSurroundings {
  /** What runs on it, or is to. */
  readonly pods: readonly Pod[];
  readonly lease: Lease | undefined;
}

export function describeNode(
  node: Node,
  { pods, lease }: NodeSurroundings,
  events: readonly Event[],
  now: number,
): readonly Line[] {
  const { metadata, spec, status = {} } = node;
  const taints = (spec.taints ?? []).map(({ key, value, effect }) =>
    value ? `${key}=${value}:${effect}` : `${key}:${effect}`,
  );
  const running = pods.filter(({ status }) => !isOver(status?.phase));
  return [
    line(0, 'Name:', metadata.name),
    line(0, 'Roles:', rolesOf(node).join(',') || '<none>'),
    ...labelLines(0, 'Labels:', metadata.labels),
    ...annotationLines(0, metadata.annotations),
    line(0, 'CreationTimestamp:', timeText(metadata.creationTimestamp)),
    ...listed(0, 'Taints:', taints),
    line(0, 'Unschedulable:', spec.unschedulable ?? false),
    ...leaseLines(lease),
    ...conditionLines(status.conditions ?? []),
    'Addresses:',
    ...(status.addresses ?? []).map(({ type, address }) => line(1, `${type}:`, address)),
    'Capacity:',
    ...amountLines(status.capacity),
    'Allocatable:',
    ...amountLines(status.allocatable),
    ...systemLines(status.nodeInfo),
    ...(spec.podCIDR ? [line(0, 'PodCIDR:', spec.podCIDR)] : []),
    ...(spec.podCIDRs ? [line(0, 'PodCIDRs:', spec.podCIDRs.join(','))] : []),
    ...(spec.providerID ? [line(0, 'ProviderID:', spec.providerID)] : []),
    line(0, 'Non-terminated Pods:', `(${running.length} in total)`),
    ...podLines(running, status.allocatable, now),
    ...totalLines(running, status.allocatable),
    ...eventLines(events, now),
  ];
}

const isOver = (phase: string | undefined) => phase === 'Succeeded' || phase === 'Failed';

const roleLabel = 'node-role.kubernetes.io/';
const rolesOf = ({ metadata }: Node) =>
  Object.keys(metadata.labels ?? {})
    .filter((label) => label.startsWith(roleLabel))
    .map((label) => label.slice(roleLabel.length))
    .sort();

const leaseLines = (lease: Lease | undefined): readonly Line[] => [
  line(0, 'Lease:'),
  line(1, 'HolderIdentity:', lease?.spec.holderIdentity ?? '<unset>'),
  line(1, 'AcquireTime:', lease?.spec.acquireTime ? timeText(lease.spec.acquireTime) : '<unset>'),
  line(1, 'RenewTime:', lease?.spec.renewTime ? timeText(lease.spec.renewTime) : '<unset>'),
];

const conditionLines = (
  conditions: NonNullable<NonNullable<Node['status']>['conditions']>,
): readonly Line[] =>
  conditions.length === 0
    ? []
    : [
        'Conditions:',
        ...tableLines(
          1,
          ['Type', 'Status', 'LastHeartbeatTime', 'LastTransitionTime', 'Reason', 'Message'],
          conditions.map((condition) => [
            ...[
              condition.type,
              condition.status,
              timeText(condition.lastHeartbeatTime),
              timeText(condition.lastTransitionTime),
              condition.reason ?? '',
            ].map((text) => `${text} `),
            condition.message ?? '',
          ]),
        ),
      ];

type Amounts = Readonly<Record<string, string | number>> | undefined;

const amountLines = (amounts: Amounts): readonly Line[] =>
  Object.entries(amounts ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, amount]) => line(1, `${name}:`, String(amount)));

function systemLines(info: NonNullable<Node['status']>['nodeInfo']): readonly Line[] {
  if (!info) return [];
  return [
    'System Info:',
    line(1, 'Machine ID:', info.machineID),
    line(1, 'System UUID:', info.systemUUID),
    line(1, 'Boot ID:', info.bootID),
    line(1, 'Kernel Version:', info.kernelVersion),
    line(1, 'OS Image:', info.osImage),
    line(1, 'Operating System:', info.operatingSystem),
    line(1, 'Architecture:', info.architecture),
    line(1, 'Container Runtime Version:', info.containerRuntimeVersion),
    line(1, 'Kubelet Version:', info.kubeletVersion),
    ...(info.kubeProxyVersion ? [line(1, 'Kube-Proxy Version:', info.kubeProxyVersion)] : []),
  ];
}

type What = 'requests' | 'limits';
const zero: Quantity = { nanos: 0n, format: 'DecimalSI' };

/** What all containers of a pod ask for together. */
function podAmount({ spec }: Pod, what: What, resource: string): Quantity {
  return spec.containers.reduce((sum, { resources }) => {
    const amount = resources?.[what]?.[resource];
    return amount === undefined ? sum : addQuantities(sum, parseQuantity(amount));
  }, zero);
}

function share(amount: Quantity, allocatable: Amounts, resource: string): string {
  const whole = allocatable?.[resource];
  const all = whole === undefined ? 0 : asNumber(parseQuantity(whole));
  return `${formatQuantity(amount)} (${all > 0 ? Math.trunc((asNumber(amount) / all) * 100) : 0}%)`;
}

function podLines(pods: readonly Pod[], allocatable: Amounts, now: number): readonly Line[] {
  const headers = [
    'Namespace',
    'Name',
    '',
    'CPU Requests',
    'CPU Limits',
    'Memory Requests',
    'Memory Limits',
    'Age',
  ];
  const columns = [
    ['requests', 'cpu'],
    ['limits', 'cpu'],
    ['requests', 'memory'],
    ['limits', 'memory'],
  ] as const;
  return tableLines(
    1,
    headers,
    pods.map((pod) => [
      pod.metadata.namespace ?? '',
      pod.metadata.name,
      '',
      ...columns.map(([what, resource]) =>
        share(podAmount(pod, what, resource), allocatable, resource),
      ),
      ageOf(pod.metadata.creationTimestamp, now),
    ]),
  );
}

function totalLines(pods: readonly Pod[], allocatable: Amounts): readonly Line[] {
  const total = (what: What, resource: string) =>
    share(
      pods.reduce((sum, pod) => addQuantities(sum, podAmount(pod, what, resource)), zero),
      allocatable,
      resource,
    );
  const used = new Set([
    'cpu',
    'memory',
    'ephemeral-storage',
    ...pods.flatMap(({ spec }) =>
      spec.containers.flatMap(({ resources }) => Object.keys(resources?.requests ?? {})),
    ),
  ]);
  return [
    'Allocated resources:',
    line(1, '(Total limits may be over 100 percent, i.e., overcommitted.)'),
    ...tableLines(
      1,
      ['Resource', 'Requests', 'Limits'],
      [...used].map((name) => [name, total('requests', name), total('limits', name)]),
    ),
  ];
}
