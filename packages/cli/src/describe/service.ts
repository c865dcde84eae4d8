import type { Endpoint, EndpointSlice, Event, Service, ServicePort } from '@berth/api';
import { eventLines } from './events.ts';
import { annotationLines, labelLines, line } from './lines.ts';
import type { Line } from './lines.ts';
import { labelsText } from '../printers/table.ts';

export function describeService(
  { metadata, spec, status }: Service,
  slices: readonly EndpointSlice[],
  events: readonly Event[],
  now: number,
): readonly Line[] {
  const ingress = status?.loadBalancer?.ingress ?? [];
  return [
    line(0, 'Name:', metadata.name),
    line(0, 'Namespace:', metadata.namespace ?? ''),
    ...labelLines(0, 'Labels:', metadata.labels),
    ...annotationLines(0, metadata.annotations),
    line(0, 'Selector:', labelsText(spec.selector)),
    line(0, 'Type:', spec.type ?? 'ClusterIP'),
    line(0, 'IP Family Policy:', spec.ipFamilyPolicy ?? '<none>'),
    line(0, 'IP Families:', (spec.ipFamilies ?? []).join(',') || '<none>'),
    line(0, 'IP:', spec.clusterIP ?? ''),
    line(0, 'IPs:', (spec.clusterIPs ?? []).join(',') || '<none>'),
    ...(spec.externalIPs?.length ? [line(0, 'External IPs:', spec.externalIPs.join(','))] : []),
    ...(spec.externalName ? [line(0, 'External Name:', spec.externalName)] : []),
    ...(ingress.length > 0
      ? [
          line(
            0,
            'LoadBalancer Ingress:',
            ingress.map(({ ip, hostname }) => ip ?? hostname ?? '').join(', '),
          ),
        ]
      : []),
    ...(spec.ports ?? []).flatMap((port) => portLines(port, slices)),
    line(0, 'Session Affinity:', spec.sessionAffinity ?? 'None'),
    ...(spec.externalTrafficPolicy
      ? [line(0, 'External Traffic Policy:', spec.externalTrafficPolicy)]
      : []),
    ...(spec.internalTrafficPolicy
      ? [line(0, 'Internal Traffic Policy:', spec.internalTrafficPolicy)]
      : []),
    ...eventLines(events, now),
  ];
}

function portLines(port: ServicePort, slices: readonly EndpointSlice[]): readonly Line[] {
  const { name = '<unset>', protocol = 'TCP', nodePort, targetPort } = port;
  return [
    line(0, 'Port:', name, `${port.port}/${protocol}`),
    line(0, 'TargetPort:', `${targetPort ?? port.port}/${protocol}`),
    ...(nodePort ? [line(0, 'NodePort:', name, `${nodePort}/${protocol}`)] : []),
    line(0, 'Endpoints:', endpointsText(port, slices)),
  ];
}

const mostShown = 3;

/** The first few addresses that answer for a port, and how many there are more. */
function endpointsText(port: ServicePort, slices: readonly EndpointSlice[]): string {
  const addresses = slices.flatMap(({ endpoints, ports, addressType }) =>
    (ports ?? [])
      .filter(({ name }) => (name ?? '') === (port.name ?? ''))
      .flatMap(({ port: number }) =>
        (endpoints ?? []).filter(isServing).flatMap(({ addresses }) =>
          addresses.map((address) => {
            const host = addressType === 'IPv6' ? `[${address}]` : address;
            return number === undefined ? host : `${host}:${number}`;
          }),
        ),
      ),
  );
  const more = addresses.length - mostShown;
  const shown = addresses.slice(0, mostShown).join(',');
  return more > 0 ? `${shown} + ${more} more...` : shown;
}

const isServing = ({ conditions }: Endpoint) => conditions?.ready !== false;
