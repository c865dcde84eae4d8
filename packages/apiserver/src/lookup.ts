import type { KubeObject, ObjectRef, ResourceType } from '@berth/api';

/** Reads one object as it is now; undefined when it does not exist. */
export type Lookup = <T extends KubeObject>(
  type: ResourceType<T>,
  ref: ObjectRef,
) => Promise<T | undefined>;
