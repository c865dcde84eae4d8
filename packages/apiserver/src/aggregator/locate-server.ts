import { serviceUnavailable, services } from '@berth/api';
import type { APIService } from '@berth/api';
import type { AdmissionReads } from '../admission/admission.ts';
import { addressOf } from '../proxy/address-of.ts';
import { anyOf, readyEndpoints, servicePort, slicesOf } from '../proxy/service-endpoints.ts';
import { hostOf } from '../proxy/target.ts';
import type { Target } from '../proxy/target.ts';

export interface LocateServerOptions {
  readonly reads: Pick<AdmissionReads, 'get' | 'list'>;
  /** 0 to 1. */
  readonly random: () => number;
  /** What we show to API servers behind us. */
  readonly client: { readonly certPem: string; readonly keyPem: string } | undefined;
}

type Reference = NonNullable<APIService['spec']['service']>;

/** One of the servers that answer for an APIService; throws `ServiceUnavailable` when there is none. */
export async function locateServer(
  reference: Reference,
  tls: Pick<NonNullable<Target['tls']>, 'ca' | 'insecure'>,
  { reads, random, client }: LocateServerOptions,
): Promise<Target> {
  const { namespace = '', name = '', port = 443 } = reference;
  const serverName = `${name}.${namespace}.svc`;
  const secured = { ...tls, serverName, ...(client && { client }) };
  const service = await reads.get(services, { namespace, name });
  if (!service) throw serviceUnavailable(`service ${JSON.stringify(name)} not found`);
  const { type, externalName = '' } = service.spec;
  if (type === 'ExternalName') {
    const place = { host: externalName, port };
    const address = { kind: 'host', ...place } as const;
    return { scheme: 'https', host: hostOf(place), address, tls: secured };
  }
  const portName = servicePort(service, port)?.name ?? '';
  const slices = await slicesOf(reads, namespace, name);
  const chosen = anyOf(readyEndpoints(slices, portName), random);
  if (!chosen) {
    throw serviceUnavailable(`no endpoints available for service ${JSON.stringify(name)}`);
  }
  const host = hostOf({ host: chosen.ip, port: chosen.port });
  const address = await addressOf(chosen, namespace, reads);
  return { scheme: 'https', host, address, tls: secured };
}
