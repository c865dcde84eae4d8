import type { Service, ServicePort } from '@berth/api';
import { asGiven } from './given.ts';
import { isExternal } from './service-kind.ts';

/** Three hours: how long a client stays with one pod unless told otherwise. */
const affinitySeconds = 10_800;

export function defaultService(service: Service): Service {
  const spec = asGiven(service).spec ? service.spec : {};
  const { sessionAffinityConfig, ...rest } = spec;
  const type = spec.type || 'ClusterIP';
  const sessionAffinity = spec.sessionAffinity || 'None';
  const named = type === 'ExternalName';
  return withIpModes({
    ...service,
    spec: {
      ...rest,
      type,
      sessionAffinity,
      ...affinityConfig(sessionAffinity, sessionAffinityConfig),
      ...(spec.ports && { ports: spec.ports.map(defaultPort) }),
      ...(isExternal({ ...spec, type }) && {
        externalTrafficPolicy: spec.externalTrafficPolicy || 'Cluster',
      }),
      ...(!named && { internalTrafficPolicy: spec.internalTrafficPolicy ?? 'Cluster' }),
      ...(type === 'LoadBalancer' && {
        allocateLoadBalancerNodePorts: spec.allocateLoadBalancerNodePorts ?? true,
      }),
    },
    status: service.status ?? { loadBalancer: {} },
  });
}

type Config = Service['spec']['sessionAffinityConfig'];

function affinityConfig(
  affinity: string,
  config: Config,
): Pick<Service['spec'], 'sessionAffinityConfig'> {
  if (affinity === 'None') return {};
  if (affinity !== 'ClientIP') return config ? { sessionAffinityConfig: config } : {};
  const timeoutSeconds = config?.clientIP?.timeoutSeconds ?? affinitySeconds;
  return { sessionAffinityConfig: { clientIP: { timeoutSeconds } } };
}

const defaultPort = (port: ServicePort): ServicePort => ({
  ...port,
  protocol: port.protocol || 'TCP',
  targetPort: port.targetPort || (asGiven(port).port ?? 0),
});

/** An address of a load balancer is one that the packets carry, unless the balancer says otherwise. */
function withIpModes(service: Service): Service {
  const ingress = service.status?.loadBalancer?.ingress;
  if (service.spec.type !== 'LoadBalancer' || !ingress) return service;
  const loadBalancer = {
    ...service.status.loadBalancer,
    ingress: ingress.map((each) => (each.ip ? { ipMode: 'VIP', ...each } : each)),
  };
  return { ...service, status: { ...service.status, loadBalancer } };
}
