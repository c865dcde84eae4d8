import { pods } from '@berth/api';
import type { Pod } from '@berth/api';
import type { Client } from '@berth/client';
import { trackingFinalizer } from './job-pods.ts';

/** Lets go of a pod whose end nobody waits for any more. */
export const removeTracking = (client: Client, { metadata }: Pod): Promise<Pod> =>
  client.patch(pods, metadata, 'strategic', {
    metadata: {
      uid: metadata.uid,
      '$deleteFromPrimitiveList/finalizers': [trackingFinalizer],
    },
  });
