import { isDeepEqual } from '@berth/api';
import type { Node } from '@berth/api';

/** Whether no decision can tell the two apart: heartbeats change conditions and times only. */
export const isSameToPlacement = (before: Node, after: Node): boolean =>
  isDeepEqual(before.metadata.labels, after.metadata.labels) &&
  isDeepEqual(before.metadata.annotations, after.metadata.annotations) &&
  isDeepEqual(before.spec, after.spec) &&
  isDeepEqual(before.status?.allocatable, after.status?.allocatable) &&
  isDeepEqual(before.status?.capacity, after.status?.capacity) &&
  isDeepEqual(before.status?.images, after.status?.images);
