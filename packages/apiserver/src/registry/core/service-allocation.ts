import { internalError, invalid, invalidValue } from '@berth/api';
import type { FieldError, Service, ServicePort } from '@berth/api';
import { refOf } from '../resource.ts';
import type { Reservation, Strategy } from '../strategy.ts';
import type { NodePorts } from './node-ports.ts';
import { AllocationError } from './service-ip.ts';
import type { ServiceIps } from './service-ip.ts';
import { isHeadless, needsClusterIp, needsHealthCheck, needsNodePorts } from './service-kind.ts';

export interface Allocators {
  readonly ips: ServiceIps;
  readonly ports: NodePorts;
}

/** The strategy of services with addresses and node ports that are theirs alone, in every server on the store. */
export const withAllocation = (
  strategy: Strategy<Service>,
  allocators: Allocators,
): Strategy<Service> => ({
  ...strategy,
  reserve: (service) => reserve(strategy, allocators, service, undefined),
  reserveForUpdate: (service, old) => reserve(strategy, allocators, service, old),
  async afterDelete(service) {
    await giveBack(allocators, service, held(service));
    await strategy.afterDelete?.(service);
  },
});

export interface Held {
  readonly ips: readonly string[];
  readonly ports: readonly number[];
}

async function reserve(
  { type }: Strategy<Service>,
  allocators: Allocators,
  service: Service,
  old: Service | undefined,
): Promise<Reservation<Service>> {
  const before = old ? held(old) : { ips: [], ports: [] };
  const taken = { ips: [] as string[], ports: [] as number[] };
  const release = () => giveBack(allocators, service, taken);
  const refuse = (problem: FieldError) => invalid(type, service.metadata.name, [problem]);
  try {
    const addressed = await withClusterIp(allocators.ips, service, { before, taken, refuse });
    const object = await withNodePorts(allocators.ports, addressed, { before, taken, refuse });
    const settle = () => giveBack(allocators, object, without(before, held(object)));
    return { object, release, settle };
  } catch (err) {
    await release();
    throw err;
  }
}

/** What a service has of the allocators. */
export function held({ spec }: Service): Held {
  const { clusterIP, clusterIPs = clusterIP ? [clusterIP] : [], healthCheckNodePort } = spec;
  const ports = (spec.ports ?? []).flatMap(({ nodePort }) => nodePort || []);
  return {
    ips: needsClusterIp(spec) && !isHeadless(spec) ? clusterIPs : [],
    ports: [
      ...(needsNodePorts(spec) ? new Set(ports) : []),
      ...(needsHealthCheck(spec) && healthCheckNodePort ? [healthCheckNodePort] : []),
    ],
  };
}

const without = (all: Held, { ips, ports }: Held): Held => ({
  ips: all.ips.filter((ip) => !ips.includes(ip)),
  ports: all.ports.filter((port) => !ports.includes(port)),
});

async function giveBack({ ips, ports }: Allocators, owner: Service, held: Held): Promise<void> {
  for (const ip of held.ips) await ips.release(ip, refOf(owner));
  await ports.release(held.ports);
}

interface Taking {
  readonly before: Held;
  /** What was taken so far, to be given back when the rest fails. */
  readonly taken: { readonly ips: string[]; readonly ports: number[] };
  readonly refuse: (problem: FieldError) => Error;
}

async function withClusterIp(
  ips: ServiceIps,
  service: Service,
  { before, taken, refuse }: Taking,
): Promise<Service> {
  const { spec } = service;
  if (!needsClusterIp(spec) || isHeadless(spec)) return service;
  const owner = refOf(service);
  if (!spec.clusterIP) {
    const ip = await ips.takeAny(owner).catch(orInternal('a serviceIP'));
    taken.ips.push(ip);
    return { ...service, spec: { ...spec, clusterIP: ip, clusterIPs: [ip] } };
  }
  for (const ip of held(service).ips.filter((each) => !before.ips.includes(each))) {
    await ips.take(ip, owner).catch((err: unknown) => {
      if (!(err instanceof AllocationError)) throw err;
      const why = `failed to allocate IP ${ip}: ${err.message}`;
      throw refuse(invalidValue('spec.clusterIPs', spec.clusterIPs ?? [ip], why));
    });
    taken.ips.push(ip);
  }
  return service;
}

async function withNodePorts(ports: NodePorts, service: Service, taking: Taking): Promise<Service> {
  const { spec } = service;
  if (!needsNodePorts(spec)) return service;
  const take = taker(ports, taking);
  const given: ServicePort[] = [];
  for (const [i, port] of (spec.ports ?? []).entries())
    if (port.nodePort) given.push(await take(port, `spec.ports[${i}].nodePort`));
    else given.push(port);
  const all: ServicePort[] = [];
  const automatic = spec.type !== 'LoadBalancer' || spec.allocateLoadBalancerNodePorts !== false;
  for (const port of given)
    all.push(port.nodePort || !automatic ? port : await shareOrTake(ports, port, all, taking));
  const check = needsHealthCheck(spec) ? await healthCheckPort(ports, service, taking) : {};
  return { ...service, spec: { ...spec, ...(spec.ports && { ports: all }), ...check } };
}

/** Takes the node port that a port asks for, once however many ports ask for it. */
function taker(ports: NodePorts, { before, taken, refuse }: Taking) {
  return async (port: ServicePort, field: string): Promise<ServicePort> => {
    const { nodePort = 0 } = port;
    if (before.ports.includes(nodePort) || taken.ports.includes(nodePort)) return port;
    await ports.take(nodePort).catch((err: unknown) => {
      throw err instanceof AllocationError
        ? refuse(invalidValue(field, nodePort, err.message))
        : err;
    });
    taken.ports.push(nodePort);
    return port;
  };
}

/** One port number for TCP and UDP means one node port, too. */
async function shareOrTake(
  ports: NodePorts,
  port: ServicePort,
  others: readonly ServicePort[],
  { taken }: Taking,
): Promise<ServicePort> {
  const twin = others.find((each) => each.port === port.port && each.protocol !== port.protocol);
  if (twin?.nodePort) return { ...port, nodePort: twin.nodePort };
  const nodePort = await ports.takeAny().catch(orInternal('a nodePort'));
  taken.ports.push(nodePort);
  return { ...port, nodePort };
}

async function healthCheckPort(
  ports: NodePorts,
  { spec }: Service,
  taking: Taking,
): Promise<{ readonly healthCheckNodePort?: number }> {
  const { healthCheckNodePort: asked } = spec;
  if (asked) {
    const port = { port: asked, nodePort: asked };
    await taker(ports, taking)(port, 'spec.healthCheckNodePort');
    return {};
  }
  const healthCheckNodePort = await ports.takeAny().catch(orInternal('a HealthCheck NodePort'));
  taking.taken.ports.push(healthCheckNodePort);
  return { healthCheckNodePort };
}

const orInternal =
  (what: string) =>
  (err: unknown): never => {
    throw err instanceof AllocationError
      ? internalError(`failed to allocate ${what}: ${err.message}`, { cause: err })
      : err;
  };
