import { createHash } from 'node:crypto';
import { sleep } from '@berth/component-base';
import type { Clock } from '@berth/component-base';
import { CriError } from '../cri.ts';
import type { Image, ImageService, Labels } from '../cri.ts';
import { read, readSetting } from './behaviour.ts';
import { parseDuration } from './duration.ts';

/** Images that are there because their names are; pulling makes any name be there. */
export function createImageStore(
  refs: readonly string[],
  clock: Clock,
  defaults: Labels,
): ImageService {
  const images = new Map(refs.map((ref) => [ref, imageOf(ref)]));
  const find = (ref: string) =>
    images.get(ref) ?? [...images.values()].find(({ id }) => id === ref);
  return {
    listImages: async () => [...images.values()],
    imageStatus: async ({ image }) => find(image),
    async pullImage({ image }, _auth, { annotations }, signal) {
      const setting = (key: string) => readSetting(annotations, key, { defaults });
      const delayMs = read('pull-delay', setting('pull-delay'), parseDuration) ?? 0;
      if (delayMs > 0) await sleep(clock, delayMs, signal);
      if (signal?.aborted) throw new CriError('Unknown', `pulling ${image} was cancelled`);
      const error = setting('pull-error');
      if (error !== undefined) {
        throw new CriError('Unknown', `failed to pull and unpack image "${image}": ${error}`);
      }
      const pulled = find(image) ?? imageOf(image);
      images.set(image, pulled);
      return pulled.id;
    },
    async removeImage({ image }) {
      const found = find(image);
      for (const [ref, { id }] of images) if (id === found?.id) images.delete(ref);
    },
  };
}

/** Nobody reads it but the one who sums up the disk in use. */
const size = 10 << 20;

function imageOf(ref: string): Image {
  const hash = createHash('sha256').update(ref).digest('hex');
  const repository = ref.replace(/@.*$/, '').replace(/:[^/:]*$/, '');
  return {
    id: `sha256:${hash}`,
    repoTags: ref.includes('@') ? [] : [ref],
    repoDigests: [`${repository}@sha256:${hash}`],
    size,
    username: '',
  };
}
