import type { Mount } from '@berth/cri';

import { expandsSubPaths } from './container-mounts.ts';
import type { ReadyImage } from './images.ts';
import type { PodContext } from './pod-context.ts';
import type { StartRequest } from './start-container.ts';
import type { ReadyVolumes } from './volumes/volumes.ts';

/** What a container was found to need before it could be made; what is absent is still to be looked after. */
export interface Readied {
  readonly image?: ReadyImage | undefined;
  readonly mounts?: readonly Mount[] | undefined;
}

/**
 * Gets ready what a container needs, as far as that takes no sandbox. Never rejects: what goes wrong is met again, and
 * told, when the container is made.
 */
export async function getReady(
  { images, files }: Pick<PodContext, 'images' | 'files'>,
  { pod, spec, start }: Pick<StartRequest, 'pod' | 'spec' | 'start'>,
  volumes: Promise<ReadyVolumes>,
  signal: AbortSignal,
): Promise<Readied> {
  const mount = async () => {
    // What the environment is made of may still be on its way, the pod's address above all.
    if (expandsSubPaths(spec.container)) return undefined;
    const env = new Map<string, string>();
    const ready = await volumes;
    return files.mounts({ pod, spec, attempt: start.attempt, volumes: ready.volumes, env });
  };
  const [image, mounts] = await Promise.all([
    images.find(spec, signal),
    mount().catch(() => undefined),
  ]);
  return { image, mounts };
}
