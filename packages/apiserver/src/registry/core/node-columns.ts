import type { Node } from '@berth/api';
import type { Column } from '../strategy.ts';
import { ageColumn, nameColumn } from './columns.ts';

export const nodeColumns: readonly Column<Node>[] = [
  nameColumn,
  {
    name: 'Status',
    type: 'string',
    description: 'Whether the node is ready, and whether it takes new pods.',
    cell: statusOf,
  },
  { name: 'Roles', type: 'string', description: 'Roles of the node.', cell: rolesOf },
  ageColumn,
  {
    name: 'Version',
    type: 'string',
    description: 'Version that the node agent reports.',
    cell: ({ status }) => status?.nodeInfo?.kubeletVersion ?? '',
  },
  {
    name: 'Internal-IP',
    type: 'string',
    description: 'Address inside the cluster.',
    priority: 1,
    cell: (node) => addressOf(node, 'InternalIP'),
  },
  {
    name: 'External-IP',
    type: 'string',
    description: 'Address outside the cluster.',
    priority: 1,
    cell: (node) => addressOf(node, 'ExternalIP'),
  },
  {
    name: 'OS-Image',
    type: 'string',
    description: 'Operating system of the node.',
    priority: 1,
    cell: ({ status }) => status?.nodeInfo?.osImage || '<unknown>',
  },
  {
    name: 'Kernel-Version',
    type: 'string',
    description: 'Kernel of the node.',
    priority: 1,
    cell: ({ status }) => status?.nodeInfo?.kernelVersion || '<unknown>',
  },
  {
    name: 'Container-Runtime',
    type: 'string',
    description: 'Runtime that runs the containers of the node.',
    priority: 1,
    cell: ({ status }) => status?.nodeInfo?.containerRuntimeVersion || '<unknown>',
  },
];

function statusOf({ spec, status }: Node): string {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  const health = ready ? (ready.status === 'True' ? 'Ready' : 'NotReady') : 'Unknown';
  return spec.unschedulable ? `${health},SchedulingDisabled` : health;
}

const rolePrefix = 'node-role.kubernetes.io/';

/** Roles are labels: `node-role.kubernetes.io/<role>`, or `kubernetes.io/role=<role>`. */
function rolesOf({ metadata }: Node): string {
  const roles = Object.entries(metadata.labels ?? {}).map(([key, value]) => {
    if (key.startsWith(rolePrefix)) return key.slice(rolePrefix.length);
    return key === 'kubernetes.io/role' ? value : '';
  });
  const named = [...new Set(roles.filter((role) => role !== ''))];
  return named.length ? named.sort().join(',') : '<none>';
}

const addressOf = ({ status }: Node, wanted: string): string =>
  status?.addresses?.find(({ type }) => type === wanted)?.address ?? '<none>';
