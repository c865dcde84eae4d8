import { endpointSlices } from '@berth/api';
import type { Endpoint, EndpointSlice, Service, ServicePort } from '@berth/api';
import type { AdmissionReads } from '../admission/admission.ts';

/** One address behind a service where a port of it is served. */
export interface ServiceEndpoint {
  readonly endpoint: Endpoint;
  readonly ip: string;
  readonly port: number;
}

/** The slices that tell what is behind a service. */
export async function slicesOf(
  reads: Pick<AdmissionReads, 'list'>,
  namespace: string,
  name: string,
): Promise<readonly EndpointSlice[]> {
  const all = await reads.list(endpointSlices, namespace);
  return all.filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === name);
}

/** Everything that is ready and serves the port of that name. */
export const readyEndpoints = (
  slices: readonly EndpointSlice[],
  portName: string,
): readonly ServiceEndpoint[] =>
  slices.flatMap(({ ports = [], endpoints = [] }) =>
    ports
      .filter(({ name = '' }) => name === portName)
      .flatMap(({ port }) => (port === undefined ? [] : [port]))
      .flatMap((port) =>
        endpoints
          .filter(({ conditions }) => conditions?.ready !== false)
          .flatMap((endpoint) => {
            const [ip] = endpoint.addresses;
            return ip === undefined ? [] : [{ endpoint, ip, port }];
          }),
      ),
  );

export const servicePort = ({ spec }: Service, port: number): ServicePort | undefined =>
  spec.ports?.find((known) => known.port === port);

/** One of them by chance, so that no endpoint takes all. */
export const anyOf = <T>(all: readonly T[], random: () => number): T | undefined =>
  all[Math.min(Math.floor(random() * all.length), all.length - 1)];
