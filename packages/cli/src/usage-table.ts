import { addQuantities, asMilli, asNumber, parseQuantity } from '@berth/api';
import type { KubeObject, Node, Quantity } from '@berth/api';

/** What the resource metrics API says about a node or a pod. */
export interface Measured extends KubeObject {
  readonly usage?: Amounts;
  readonly containers?: readonly { readonly name: string; readonly usage: Amounts }[];
}

interface Amounts {
  readonly cpu?: string;
  readonly memory?: string;
}

interface Used {
  readonly cpu: Quantity;
  readonly memory: Quantity;
}

export type SortKey = 'name' | 'cpu' | 'memory';

const zero: Quantity = { nanos: 0n, format: 'DecimalSI' };
const mebi = 1024 ** 2;

const usedOf = ({ cpu = '0', memory = '0' }: Amounts): Used => ({
  cpu: parseQuantity(cpu),
  memory: parseQuantity(memory),
});

const podUsage = ({ containers = [] }: Measured): Used =>
  containers
    .map(({ usage }) => usedOf(usage))
    .reduce(
      (sum, used) => ({
        cpu: addQuantities(sum.cpu, used.cpu),
        memory: addQuantities(sum.memory, used.memory),
      }),
      { cpu: zero, memory: zero },
    );

const cpuText = ({ cpu }: Used) => `${asMilli(cpu)}m`;
const memoryText = ({ memory }: Used) => `${Math.floor(asNumber(memory) / mebi)}Mi`;

export const nodeHeaders = ['NAME', 'CPU(cores)', 'CPU(%)', 'MEMORY(bytes)', 'MEMORY(%)'];

/** A row per node; a node that nothing is known of says so. */
export function nodeRows(
  measured: readonly Measured[],
  nodes: readonly Node[],
  sortKey: SortKey,
): readonly (readonly string[])[] {
  const byName = new Map(nodes.map((node) => [node.metadata.name, node]));
  const known = sorted(measured, ({ usage = {} }) => usedOf(usage), sortKey).map(
    ({ item, used }) => {
      const allocatable = byName.get(item.metadata.name)?.status?.allocatable;
      return [
        item.metadata.name,
        cpuText(used),
        shareText(used.cpu, allocatable?.['cpu']),
        memoryText(used),
        shareText(used.memory, allocatable?.['memory']),
      ];
    },
  );
  const names = new Set(measured.map(({ metadata }) => metadata.name));
  const unknown = nodes
    .filter(({ metadata }) => !names.has(metadata.name))
    .map(({ metadata }) => [metadata.name, ...Array.from({ length: 4 }, () => '<unknown>')]);
  return [...known, ...unknown];
}

function shareText(amount: Quantity, whole: string | number | undefined): string {
  const all = whole === undefined ? 0 : asNumber(parseQuantity(whole));
  return all > 0 ? `${Math.floor((asNumber(amount) / all) * 100)}%` : '<unknown>';
}

export interface PodRowOptions {
  readonly withNamespace: boolean;
  readonly perContainer: boolean;
  readonly sortKey: SortKey;
}

export const podHeaders = ({ withNamespace, perContainer }: PodRowOptions): readonly string[] => [
  ...(withNamespace ? ['NAMESPACE'] : []),
  ...(perContainer ? ['POD', 'NAME'] : ['NAME']),
  'CPU(cores)',
  'MEMORY(bytes)',
];

export const podRows = (
  measured: readonly Measured[],
  { withNamespace, perContainer, sortKey }: PodRowOptions,
): readonly (readonly string[])[] =>
  sorted(measured, podUsage, sortKey).flatMap(({ item, used }) => {
    const { namespace = '', name } = item.metadata;
    const start = [...(withNamespace ? [namespace] : []), name];
    if (!perContainer) return [[...start, cpuText(used), memoryText(used)]];
    return (item.containers ?? []).map((container) => {
      const own = usedOf(container.usage);
      return [...start, container.name, cpuText(own), memoryText(own)];
    });
  });

/** The hungriest first, or by name. */
function sorted(
  items: readonly Measured[],
  usageOf: (item: Measured) => Used,
  sortKey: SortKey,
): readonly { readonly item: Measured; readonly used: Used }[] {
  const nameOf = ({ metadata }: Measured) => `${metadata.namespace ?? ''}/${metadata.name}`;
  return items
    .map((item) => ({ item, used: usageOf(item) }))
    .toSorted((a, b) =>
      sortKey === 'name'
        ? nameOf(a.item) < nameOf(b.item)
          ? -1
          : 1
        : Number(b.used[sortKey].nanos - a.used[sortKey].nanos),
    );
}
