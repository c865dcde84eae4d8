import type { APIService, EndpointSlice, Service } from '@berth/api';
import { servicePort } from '../proxy/service-endpoints.ts';

/** What is known of a server behind an APIService. */
export interface Finding {
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
}

const missing = (reason: string, message: string): Finding => ({
  status: 'False',
  reason,
  message,
});

export const passed: Finding = {
  status: 'True',
  reason: 'Passed',
  message: 'all checks passed',
};

export const failedDiscovery = (message: string): Finding =>
  missing('FailedDiscoveryCheck', message);

/** Whether there is anybody to ask: what is missing, or undefined. */
export function checkService(
  { namespace = '', name = '', port = 443 }: NonNullable<APIService['spec']['service']>,
  service: Service | undefined,
  slices: readonly EndpointSlice[],
): Finding | undefined {
  const it = `service/${name} in ${JSON.stringify(namespace)}`;
  if (!service) return missing('ServiceNotFound', `${it} is not present`);
  // Others are reached by name or from outside, so there is nothing to be seen from here.
  if ((service.spec.type ?? 'ClusterIP') !== 'ClusterIP') return undefined;
  const known = servicePort(service, port);
  if (!known) return missing('ServicePortError', `${it} is not listening on port ${port}`);
  if (slices.length === 0) {
    return missing('EndpointsNotFound', `cannot find endpointslices for ${it}`);
  }
  const portName = known.name ?? '';
  if (slices.some((slice) => isReady(slice) && serves(slice, portName))) return undefined;
  return missing(
    'MissingEndpoints',
    `endpointslices for ${it} have no addresses with port name ${JSON.stringify(portName)}`,
  );
}

const isReady = ({ endpoints = [] }: EndpointSlice) =>
  endpoints.some(({ conditions }) => conditions?.ready !== false);

const serves = ({ ports = [] }: EndpointSlice, portName: string) =>
  ports.some(({ name = '', port }) => name === portName && port !== undefined);
