import type { ResourceType } from '@berth/api';
import type { Attributes, Operation } from './admission.ts';

type What = Pick<Attributes, 'operation' | 'type' | 'subresource'>;

/** Whether a write is one of `operations` on the objects of `type` themselves. */
export const on =
  (type: ResourceType, ...operations: readonly Operation[]) =>
  ({ operation, type: written, subresource }: What): boolean =>
    subresource === '' && isOf(written, type) && operations.includes(operation);

/** Whether two rows speak of the same resource, whatever their version. */
export const isOf = (
  a: Pick<ResourceType, 'group' | 'resource'>,
  b: Pick<ResourceType, 'group' | 'resource'>,
): boolean => a.group === b.group && a.resource === b.resource;
