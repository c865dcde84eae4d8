import { badRequest, nodes, notFound, pods, serviceUnavailable, services } from '@berth/api';
import type { Node, Pod } from '@berth/api';
import type { AdmissionReads } from '../admission/admission.ts';
import { findPod } from '../node/pod-target.ts';
import { mustBeProxyable } from './proxyable.ts';
import { parseSchemeNamePort } from './scheme-name-port.ts';
import { anyOf, readyEndpoints, servicePort, slicesOf } from './service-endpoints.ts';
import { hostOf } from './target.ts';
import type { Address, Target } from './target.ts';

export interface LocateOptions {
  readonly reads: Pick<AdmissionReads, 'get' | 'list'>;
  /** 0 to 1. */
  readonly random: () => number;
  /** What kubelets are shown. */
  readonly kubeletClient?: { readonly certPem: string; readonly keyPem: string } | undefined;
}

/** Finds out which server is meant by the name in a path; throws `StatusError` in upstream's words. */
export type Locate = (namespace: string, id: string) => Promise<Target>;

/** `pods/<scheme:name:port>/proxy`; the first port of the pod when none is said. */
export const locatePod =
  ({ reads }: LocateOptions): Locate =>
  async (namespace, id) => {
    const { scheme, name, port } = readId(id, 'pod');
    const pod = await findPod((type, ref) => reads.get(type, ref), { namespace, name });
    const number = port === '' ? firstPort(pod, scheme) : portNumber(port, id, 'pod');
    return { scheme, ...placeOf(pod, number) };
  };

/** `services/<scheme:name:port>/proxy`: one of the pods that are ready behind it. */
export const locateService =
  ({ reads, random }: LocateOptions): Locate =>
  async (namespace, id) => {
    const { scheme, name, port } = readId(id, 'service');
    const service = await reads.get(services, { namespace, name });
    if (!service) throw notFound(services, name);
    let portName = port;
    if (/^\d+$/.test(port)) {
      const known = servicePort(service, Number(port));
      if (!known) {
        throw serviceUnavailable(
          `no service port ${port} found for service ${JSON.stringify(name)}`,
        );
      }
      portName = known.name ?? '';
    }
    const slices = await slicesOf(reads, namespace, name);
    const candidates = readyEndpoints(slices, portName);
    const found: ReturnType<typeof placeOf>[] = [];
    for (const { endpoint, ip, port: number } of candidates) {
      const { targetRef } = endpoint;
      if (targetRef?.kind !== 'Pod' || targetRef.name === undefined) continue;
      const pod = await reads.get(pods, { namespace, name: targetRef.name });
      if (pod && ipsOf(pod).includes(ip)) found.push(placeOf(pod, number));
    }
    const chosen = anyOf(found, random);
    if (!chosen) {
      throw serviceUnavailable(`no endpoints available for service ${JSON.stringify(id)}`);
    }
    return { scheme, ...chosen };
  };

/** `nodes/<scheme:name:port>/proxy`: the kubelet, or another port of the node. */
export const locateNode =
  ({ reads, kubeletClient }: LocateOptions): Locate =>
  async (_namespace, id) => {
    const { scheme, name, port } = readId(id, 'node');
    const node = await reads.get(nodes, { name });
    if (!node) throw notFound(nodes, name);
    const host = addressOf(node);
    const kubelet = node.status?.daemonEndpoints?.kubeletEndpoint?.Port ?? 0;
    if (port === '' || Number(port) === kubelet) {
      if (kubelet === 0) {
        throw serviceUnavailable(`node ${JSON.stringify(name)} serves no kubelet endpoint`);
      }
      const place = { host, port: kubelet };
      const tls = { insecure: true, ...(kubeletClient && { client: kubeletClient }) };
      return { scheme: 'https', host: hostOf(place), address: { kind: 'host', ...place }, tls };
    }
    mustBeProxyable(host);
    const place = { host, port: portNumber(port, id, 'node') };
    return { scheme, host: hostOf(place), address: { kind: 'host', ...place } };
  };

function readId(id: string, kind: string) {
  const read = parseSchemeNamePort(id);
  if (!read) throw badRequest(`invalid ${kind} request ${JSON.stringify(id)}`);
  return read;
}

function portNumber(port: string, id: string, kind: string): number {
  const number = Number(port);
  if (/^\d+$/.test(port) && number >= 1 && number <= 65_535) return number;
  throw badRequest(`invalid ${kind} request ${JSON.stringify(id)}`);
}

function firstPort({ spec }: Pod, scheme: 'http' | 'https'): number {
  const declared = spec.containers.find(({ ports = [] }) => ports.length > 0)?.ports?.[0];
  return declared?.containerPort ?? (scheme === 'https' ? 443 : 80);
}

const ipsOf = ({ status }: Pod): readonly string[] =>
  status?.podIPs?.map(({ ip }) => ip) ?? (status?.podIP ? [status.podIP] : []);

/** Where a port of a pod is. */
function placeOf(pod: Pod, port: number): Pick<Target, 'host' | 'address'> {
  const [ip = ''] = ipsOf(pod);
  mustBeProxyable(ip);
  const { namespace = '', name, uid } = pod.metadata;
  const { nodeName = '' } = pod.spec;
  const address: Address = { kind: 'pod', nodeName, namespace, name, uid, ip, port };
  return { host: hostOf({ host: ip, port }), address };
}

function addressOf({ metadata, status }: Node): string {
  const { addresses = [] } = status ?? {};
  for (const wanted of ['Hostname', 'InternalDNS', 'InternalIP', 'ExternalDNS', 'ExternalIP']) {
    const found = addresses.find(({ type }) => type === wanted);
    // Names of nodes are seldom names that can be resolved.
    if (found && (wanted !== 'Hostname' || addresses.length === 1)) return found.address;
  }
  throw serviceUnavailable(`no preferred addresses found; known addresses: []`, {
    cause: metadata.name,
  });
}
