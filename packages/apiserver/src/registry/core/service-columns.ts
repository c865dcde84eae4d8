import type { Service } from '@berth/api';
import type { Column } from '../strategy.ts';
import { ageColumn, formatLabels, nameColumn } from './columns.ts';

export const serviceColumns: readonly Column<Service>[] = [
  nameColumn,
  {
    name: 'Type',
    type: 'string',
    description: 'How the service is reached.',
    cell: ({ spec }) => spec.type ?? '',
  },
  {
    name: 'Cluster-IP',
    type: 'string',
    description: 'Address inside the cluster.',
    cell: ({ spec }) => spec.clusterIPs?.[0] ?? '<none>',
  },
  {
    name: 'External-IP',
    type: 'string',
    description: 'Addresses outside the cluster.',
    cell: externalAddress,
  },
  { name: 'Port(s)', type: 'string', description: 'Ports of the service.', cell: portsOf },
  ageColumn,
  {
    name: 'Selector',
    type: 'string',
    description: 'Labels of the pods behind the service.',
    priority: 1,
    cell: ({ spec }) => formatLabels(spec.selector),
  },
];

function externalAddress({ spec, status }: Service): string {
  const external = spec.externalIPs ?? [];
  switch (spec.type) {
    case 'ClusterIP':
    case 'NodePort':
      return external.join(',') || '<none>';
    case 'LoadBalancer': {
      const ingress = (status?.loadBalancer?.ingress ?? []).map(
        ({ ip, hostname }) => ip || (hostname ?? ''),
      );
      const balanced = [...new Set(ingress.filter((address) => address !== ''))].sort();
      return [...balanced, ...external].join(',') || '<pending>';
    }
    case 'ExternalName':
      return spec.externalName ?? '';
    default:
      return '<unknown>';
  }
}

function portsOf({ spec }: Service): string {
  const ports = (spec.ports ?? []).map(({ port, nodePort, protocol = '' }) =>
    nodePort ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`,
  );
  return ports.join(',') || '<none>';
}
