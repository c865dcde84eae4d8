import type { Pod } from '@berth/api';

const annotation = 'kubernetes.io/config.mirror';

/** A pod that a node runs by itself and only shows to the API. */
export const isMirrorPod = ({ metadata: { annotations } }: Pod): boolean =>
  annotations !== undefined && Object.hasOwn(annotations, annotation);
