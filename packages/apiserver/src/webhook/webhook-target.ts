import { notFound, serviceUnavailable, services } from '@berth/api';
import type { AdmissionReads } from '../admission/admission.ts';
import { addressOf } from '../proxy/address-of.ts';
import { anyOf, readyEndpoints, servicePort, slicesOf } from '../proxy/service-endpoints.ts';
import type { Address } from '../proxy/target.ts';
import type { WebhookTarget } from './webhook-caller.ts';

type Reads = Pick<AdmissionReads, 'get' | 'list'>;

interface ServiceReference {
  readonly name: string;
  readonly namespace: string;
  readonly path?: string;
  readonly port?: number;
}

/** As in the configurations of admission and conversion webhooks. */
export interface WebhookClientConfig {
  readonly url?: string;
  readonly service?: ServiceReference;
  /** PEM in base64. */
  readonly caBundle?: string;
}

/**
 * Where a webhook is. A service is called at one of its ready endpoints, since this server may have no way to service
 * addresses; its certificate is held to the name of the service. `random` chooses the endpoint.
 */
export async function webhookTarget(
  { url, service, caBundle }: WebhookClientConfig,
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
  return { url: named, connect: () => endpointOf(service, port, reads, random), ...ca };
}

async function endpointOf(
  { name, namespace }: ServiceReference,
  port: number,
  reads: Reads,
  random: () => number,
): Promise<Address> {
  const service = await reads.get(services, { namespace, name });
  if (!service) throw notFound(services, name);
  const { type, externalName } = service.spec;
  if (type === 'ExternalName' && externalName) return { kind: 'host', host: externalName, port };
  const wanted = servicePort(service, port);
  if (!wanted)
    throw serviceUnavailable(`no service port ${port} found for service ${JSON.stringify(name)}`);
  const slices = await slicesOf(reads, namespace, name);
  const chosen = anyOf(readyEndpoints(slices, wanted.name ?? ''), random);
  if (!chosen)
    throw serviceUnavailable(`no endpoints available for service ${JSON.stringify(name)}`);
  return addressOf(chosen, namespace, reads);
}
