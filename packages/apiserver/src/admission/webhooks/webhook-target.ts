import { endpointSlices, notFound, serviceUnavailable, services } from '@berth/api';
import type {
  AdmissionregistrationV1ServiceReference,
  AdmissionregistrationV1WebhookClientConfig,
  EndpointSlice,
  Service,
} from '@berth/api';
import type { AdmissionReads } from '../admission.ts';
import type { WebhookTarget } from './webhook-caller.ts';

type Reads = Pick<AdmissionReads, 'get' | 'list'>;

/**
 * Where a webhook is. A service is called at one of its ready endpoints, since this server may have no way to service
 * addresses; its certificate is held to the name of the service. `random` chooses the endpoint.
 */
export async function webhookTarget(
  { url, service, caBundle }: AdmissionregistrationV1WebhookClientConfig,
  reads: Reads,
  random: () => number,
): Promise<WebhookTarget> {
  const ca = caBundle ? { caPem: Buffer.from(caBundle, 'base64').toString() } : {};
  if (!service) {
    if (!url) throw new Error('webhook configuration must have either service or URL');
    return { url, ...ca };
  }
  const { name, namespace, port = 443, path = '' } = service;
  const named = `https://${name}.${namespace}.svc:${port}/${path.replace(/^\//, '')}`;
  return { url: named, connect: () => addressOf(service, port, reads, random), ...ca };
}

interface Address {
  readonly host: string;
  readonly port: number;
}

async function addressOf(
  { name, namespace }: AdmissionregistrationV1ServiceReference,
  port: number,
  reads: Reads,
  random: () => number,
): Promise<Address> {
  const service = await reads.get(services, { namespace, name });
  if (!service) throw notFound(services, name);
  const { type, externalName, ports = [] } = service.spec;
  if (type === 'ExternalName' && externalName) return { host: externalName, port };
  const wanted = ports.find((one) => one.port === port);
  if (!wanted)
    throw serviceUnavailable(`no service port ${port} found for service ${JSON.stringify(name)}`);
  const slices = await reads.list(endpointSlices, namespace);
  const ready = slices.flatMap((slice) => readyAddresses(slice, service, wanted.name ?? ''));
  const chosen = ready[Math.floor(random() * ready.length)];
  if (!chosen)
    throw serviceUnavailable(`no endpoints available for service ${JSON.stringify(name)}`);
  return chosen;
}

function readyAddresses(
  { metadata, endpoints = [], ports = [] }: EndpointSlice,
  service: Service,
  portName: string,
): readonly Address[] {
  if (metadata.labels?.['kubernetes.io/service-name'] !== service.metadata.name) return [];
  const port = ports.find((one) => (one.name ?? '') === portName)?.port;
  if (port === undefined) return [];
  return endpoints
    .filter(({ conditions }) => conditions?.ready !== false)
    .flatMap(({ addresses }) => addresses.slice(0, 1).map((host) => ({ host, port })));
}
