import { resourceTypes } from '@berth/api';
import type { Resource } from '../resources.ts';

/** What a server of this project serves, as discovery tells it. */
export const testResources: readonly Resource[] = resourceTypes.map((type) => ({
  ...type,
  verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
  subresources: [],
  isPreferred: type.group !== 'autoscaling' || type.version === 'v2',
}));
