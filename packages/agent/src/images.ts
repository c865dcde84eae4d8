import { formatDuration } from '@berth/api';
import type { Pod, Secret } from '@berth/api';
import type { Clock } from '@berth/component-base';
import type { Image, ImageService, PodSandboxConfig } from '@berth/cri';

import { credentialsFor } from './image-credentials.ts';
import { imageReferenceProblem } from './image-reference.ts';
import type { PodEvents } from './pod-events.ts';
import type { SpecContainer } from './pod-spec.ts';
import type { ImageUser } from './security-context.ts';
import { StartError, textOf } from './start-error.ts';

export interface ReadyImage {
  /** What the runtime calls it. */
  readonly ref: string;
  readonly user: ImageUser;
}

interface ImageRequest {
  readonly pod: Pod;
  readonly spec: SpecContainer;
  readonly sandbox: PodSandboxConfig;
  readonly secret: (name: string) => Secret | undefined;
  /** What `find` gave, if that was asked. */
  readonly found: ReadyImage | undefined;
  /** Called when the image has to be fetched first, which takes its time. */
  readonly onPull: () => void;
}

/** Sees to it that the image of a container is on the node, as its pull policy wants. */
export interface ImagePuller {
  /** The image of a container, if it is on the node and may be taken from there. Never rejects: `ensure` does. */
  find(spec: SpecContainer, signal: AbortSignal): Promise<ReadyImage | undefined>;
  /** Rejects with `StartError` in kubelet's words. */
  ensure(request: ImageRequest, signal: AbortSignal): Promise<ReadyImage>;
  /** Forgets the back-off of a pod that is gone. */
  forget(uid: string): void;
}

interface PullBackoff {
  readonly delayMs: number;
  readonly at: number;
  readonly why: string;
}

const firstDelayMs = 10_000;
const longestDelayMs = 300_000;

export function createImagePuller({
  images,
  clock,
  events,
}: {
  readonly images: ImageService;
  readonly clock: Clock;
  readonly events: PodEvents;
}): ImagePuller {
  const backoffs = new Map<string, Map<string, PullBackoff>>();

  const backOff = ({ pod, spec }: ImageRequest, image: string) => {
    const entry = backoffs.get(pod.metadata.uid)?.get(image);
    if (!entry || clock.now() >= entry.at + entry.delayMs) return;
    const text = `Back-off pulling image ${JSON.stringify(image)}`;
    events.container(pod, spec, 'Normal', 'BackOff', text);
    throw new StartError('ImagePullBackOff', `${text}: ${entry.why}`, {
      retryAt: entry.at + entry.delayMs,
    });
  };

  const fail = (uid: string, image: string, why: string): number => {
    const of = backoffs.get(uid) ?? new Map<string, PullBackoff>();
    const last = of.get(image);
    const at = clock.now();
    const stale = !last || at - last.at > 2 * longestDelayMs;
    const delayMs = stale ? firstDelayMs : Math.min(longestDelayMs, last.delayMs * 2);
    backoffs.set(uid, of.set(image, { delayMs, at, why: `ErrImagePull: ${why}` }));
    return at + delayMs;
  };

  const inspect = async ({ pod, spec }: ImageRequest, image: string, signal: AbortSignal) => {
    try {
      return await images.imageStatus({ image }, signal);
    } catch (err) {
      const text = `Failed to inspect image ${JSON.stringify(image)}: ${textOf(err)}`;
      events.container(pod, spec, 'Warning', 'InspectFailed', text);
      throw new StartError('ImageInspectError', text, { cause: err });
    }
  };

  const pull = async (request: ImageRequest, image: string, signal: AbortSignal) => {
    const { pod, spec, sandbox, secret } = request;
    const uid = pod.metadata.uid;
    const began = clock.monotonic();
    events.container(pod, spec, 'Normal', 'Pulling', `Pulling image ${JSON.stringify(image)}`);
    request.onPull();
    try {
      const auth = credentialsFor(pod, image, secret);
      const ref = await images.pullImage({ image }, auth, sandbox, signal);
      const found = await images.imageStatus({ image: ref }, signal);
      const took = formatDuration(Math.round(clock.monotonic() - began));
      const text = `Successfully pulled image ${JSON.stringify(image)} in ${took} (${took} including waiting). Image size: ${found?.size ?? 0} bytes.`;
      events.container(pod, spec, 'Normal', 'Pulled', text);
      backoffs.get(uid)?.delete(image);
      return { ref, user: userOf(found) };
    } catch (err) {
      // Whoever called it off does not want to hear that it failed.
      signal.throwIfAborted();
      const why = textOf(err);
      const text = `Failed to pull image ${JSON.stringify(image)}: ${why}`;
      events.container(pod, spec, 'Warning', 'Failed', text);
      throw new StartError('ErrImagePull', why, { cause: err, retryAt: fail(uid, image, why) });
    }
  };

  const present = async (request: ImageRequest, image: string, signal: AbortSignal) => {
    if (request.found) return request.found;
    if (request.spec.container.imagePullPolicy === 'Always') return undefined;
    const found = await inspect(request, image, signal);
    return found && readyOf(found);
  };

  return {
    async find({ container: { image = '', imagePullPolicy } }, signal) {
      if (imagePullPolicy === 'Always' || imageReferenceProblem(image)) return undefined;
      const found = await images.imageStatus({ image }, signal).catch(() => undefined);
      return found && readyOf(found);
    },
    async ensure(request, signal) {
      const { pod, spec } = request;
      const { image = '', imagePullPolicy } = spec.container;
      checkReference(request, events, image);
      const ready = await present(request, image, signal);
      if (ready) {
        const text = `Container image ${JSON.stringify(image)} already present on machine and can be accessed by the pod`;
        events.container(pod, spec, 'Normal', 'Pulled', text);
        return ready;
      }
      if (imagePullPolicy === 'Never') {
        const text = `Container image ${JSON.stringify(image)} is not present with pull policy of Never`;
        events.container(pod, spec, 'Warning', 'ErrImageNeverPull', text);
        throw new StartError('ErrImageNeverPull', text);
      }
      backOff(request, image);
      return pull(request, image, signal);
    },
    forget: (uid) => void backoffs.delete(uid),
  };
}

function checkReference({ pod, spec }: ImageRequest, events: PodEvents, image: string): void {
  const problem = imageReferenceProblem(image);
  if (!problem) return;
  const text = `Failed to apply default image tag ${JSON.stringify(image)}: couldn't parse image name ${JSON.stringify(image)}: ${problem}`;
  events.container(pod, spec, 'Warning', 'InspectFailed', text);
  throw new StartError('InvalidImageName', text);
}

const readyOf = (image: Image): ReadyImage => ({ ref: image.id, user: userOf(image) });

const userOf = (image: Image | undefined): ImageUser => ({
  ...(image?.uid && { uid: image.uid.value }),
  ...(image?.username && { username: image.username }),
});
