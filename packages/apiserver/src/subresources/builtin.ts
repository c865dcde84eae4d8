import { certificateSigningRequests, namespaces, pods } from '@berth/api';
import type { Resource } from '../registry/resource.ts';
import type { SubresourceOptions } from '../registry/served.ts';
import { approval } from './approval.ts';
import { binding } from './binding.ts';
import { ephemeralContainers } from './ephemeral-containers.ts';
import { eviction } from './eviction.ts';
import type { ResourceOf } from './eviction.ts';
import { finalize } from './finalize.ts';
import { resize } from './resize.ts';
import { scale } from './scale.ts';
import { status } from './status.ts';

type Named = readonly (readonly [string, SubresourceOptions])[];

/** The subresources that a resource has by its strategy, and those that belong to one resource alone. */
export function builtinSubresources(resource: Resource, others: ResourceOf): Named {
  const { strategy, type } = resource;
  return [
    ...(strategy.status ? [['status', status(resource)] as const] : []),
    ...(strategy.scale ? [['scale', scale(resource, strategy.scale)] as const] : []),
    ...(type.group === '' ? coreSubresources(resource, others) : []),
    ...(isCsr(type) ? [['approval', approval(resource)] as const] : []),
  ];
}

const isCsr = ({ group, resource }: Resource['type']) =>
  group === certificateSigningRequests.group && resource === certificateSigningRequests.resource;

function coreSubresources(resource: Resource, others: ResourceOf): Named {
  switch (resource.type.resource) {
    case pods.resource:
      return [
        ['binding', binding(resource)],
        ['ephemeralcontainers', ephemeralContainers(resource)],
        ['eviction', eviction(resource, others)],
        ['resize', resize(resource)],
      ];
    case namespaces.resource:
      return [['finalize', finalize(resource)]];
    default:
      return [];
  }
}
