import type { Pod, Service } from '@berth/api';

const shout = (name: string) => name.toUpperCase().replaceAll('-', '_');

const hasAddress = ({ spec }: Service) =>
  spec.type !== 'ExternalName' &&
  spec.clusterIP !== undefined &&
  !['', 'None'].includes(spec.clusterIP);

/**
 * The variables by which a container finds services without DNS: those of its own namespace unless the pod wants no
 * links, and always those of `default/kubernetes`.
 */
export function serviceEnv(
  { metadata, spec }: Pod,
  services: readonly Service[],
): ReadonlyMap<string, string> {
  const isMaster = (s: Service) =>
    s.metadata.namespace === 'default' && s.metadata.name === 'kubernetes';
  const isLinked = (s: Service) =>
    spec.enableServiceLinks !== false && s.metadata.namespace === metadata.namespace;
  // A service of the pod's own namespace wins over the master service of the same name.
  const wanted = [
    ...services.filter((s) => isMaster(s) && !isLinked(s)),
    ...services.filter(isLinked),
  ];
  return new Map(wanted.filter(hasAddress).flatMap(variablesOf));
}

function variablesOf({ metadata, spec }: Service): readonly (readonly [string, string])[] {
  const prefix = shout(metadata.name);
  const ip = spec.clusterIP ?? '';
  const ports = spec.ports ?? [];
  const [first] = ports;
  if (!first) return [];
  const host = ip.includes(':') ? `[${ip}]` : ip;
  const link = ({ port, protocol = 'TCP' }: (typeof ports)[number]) =>
    `${protocol.toLowerCase()}://${host}:${port}`;
  return [
    [`${prefix}_SERVICE_HOST`, ip],
    [`${prefix}_SERVICE_PORT`, String(first.port)],
    ...ports
      .filter(({ name }) => name)
      .map(
        ({ name = '', port }) => [`${prefix}_SERVICE_PORT_${shout(name)}`, String(port)] as const,
      ),
    [`${prefix}_PORT`, link(first)],
    ...ports.flatMap((port) => {
      const { protocol = 'TCP' } = port;
      const stem = `${prefix}_PORT_${port.port}_${protocol.toUpperCase()}`;
      return [
        [stem, link(port)],
        [`${stem}_PROTO`, protocol.toLowerCase()],
        [`${stem}_PORT`, String(port.port)],
        [`${stem}_ADDR`, ip],
      ] as const;
    }),
  ];
}
