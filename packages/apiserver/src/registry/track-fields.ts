import type { KubeObject } from '@berth/api';
import type { Resource, Write } from './resource.ts';

export interface Tracking {
  readonly live: KubeObject | undefined;
  readonly object: KubeObject;
  readonly write: Write;
}

/** The object with metadata.managedFields telling who wrote what. */
export const trackFields = (_resource: Resource, { object }: Tracking): KubeObject => object;
