import { pods } from '@berth/api';
import type { Pod } from '@berth/api';
import type { AdmissionReads } from '../admission/admission.ts';
import type { ServiceEndpoint } from './service-endpoints.ts';
import type { Address } from './target.ts';

/** How an endpoint of a service is reached: through the node of its pod, when it has one. */
export async function addressOf(
  { endpoint, ip, port }: ServiceEndpoint,
  namespace: string,
  reads: Pick<AdmissionReads, 'get'>,
): Promise<Address> {
  const { kind, name = '' } = endpoint.targetRef ?? {};
  const pod: Pod | undefined =
    kind === 'Pod' ? await reads.get(pods, { namespace, name }) : undefined;
  if (!pod) return { kind: 'host', host: ip, port };
  const { uid } = pod.metadata;
  return { kind: 'pod', nodeName: pod.spec.nodeName ?? '', namespace, name, uid, ip, port };
}
