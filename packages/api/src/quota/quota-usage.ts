import type { PersistentVolumeClaim, Pod, Service } from '../gen/types.ts';
import type { KubeObject } from '../object.ts';
import { wholeQuantity } from '../quantity.ts';
import type { ResourceType } from '../scheme.ts';
import { parseAmounts } from './amounts.ts';
import type { Amounts } from './amounts.ts';
import { podUsage } from './pod-usage.ts';

type Named = Pick<ResourceType, 'group' | 'resource'>;

/** Core kinds that quotas of old count under their own name. */
const plainNames = ['configmaps', 'replicationcontrollers', 'resourcequotas', 'secrets'];

/** What one object takes of the quotas of its namespace, under every name that a quota may use for it. */
export function quotaUsage({ group, resource }: Named, object: KubeObject, now: number): Amounts {
  const counted = {
    [countName({ group, resource })]: wholeQuantity(1),
    ...(group === '' && plainNames.includes(resource) && { [resource]: wholeQuantity(1) }),
  };
  if (group !== '') return counted;
  switch (resource) {
    case 'pods':
      return podUsage(object as Pod, now);
    case 'services':
      return { ...counted, ...serviceUsage(object as Service) };
    case 'persistentvolumeclaims':
      return { ...counted, ...claimUsage(object as PersistentVolumeClaim) };
    default:
      return counted;
  }
}

/** `count/deployments.apps`, `count/secrets`. */
const countName = ({ group, resource }: Named) =>
  group ? `count/${resource}.${group}` : `count/${resource}`;

/** Whether a quota on `name` counts objects of this kind. */
export function isQuotaOf(name: string, { group, resource }: Named): boolean {
  if (name === countName({ group, resource })) return true;
  if (group !== '') return false;
  switch (resource) {
    case 'pods':
      return (
        name === 'pods' ||
        /^(requests\.|limits\.)?(cpu|memory|ephemeral-storage)$/.test(name) ||
        /^(requests\.)?hugepages-/.test(name) ||
        // What others have named is counted by what is requested of it.
        (name.startsWith('requests.') && name.includes('/'))
      );
    case 'services':
      return (
        name === 'services' || name === 'services.nodeports' || name === 'services.loadbalancers'
      );
    case 'persistentvolumeclaims':
      return (
        name === 'persistentvolumeclaims' ||
        name === 'requests.storage' ||
        name.includes('.storageclass.storage.k8s.io/')
      );
    default:
      return name === resource && plainNames.includes(resource);
  }
}

function serviceUsage({
  spec: { type, ports = [], allocateLoadBalancerNodePorts = true },
}: Service): Amounts {
  const isBalanced = type === 'LoadBalancer';
  const allocated =
    isBalanced && !allocateLoadBalancerNodePorts ? ports.filter(({ nodePort }) => nodePort) : ports;
  const nodePorts = type === 'NodePort' || isBalanced ? allocated.length : 0;
  return {
    services: wholeQuantity(1),
    'services.nodeports': wholeQuantity(nodePorts),
    'services.loadbalancers': wholeQuantity(isBalanced ? 1 : 0),
  };
}

function claimUsage({ metadata, spec }: PersistentVolumeClaim): Amounts {
  const { storage } = parseAmounts(spec.resources?.requests);
  const named =
    spec.storageClassName ?? metadata.annotations?.['volume.beta.kubernetes.io/storage-class'];
  const of = (prefix: string): Amounts => ({
    [`${prefix}persistentvolumeclaims`]: wholeQuantity(1),
    ...(storage && { [`${prefix}requests.storage`]: storage }),
  });
  return { ...of(''), ...(named && of(`${named}.storageclass.storage.k8s.io/`)) };
}
