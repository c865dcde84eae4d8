import type { Connection } from './connection.ts';
import type { Image, ImageService } from './cri.ts';
import { deadlines } from './deadlines.ts';

/** The calls of `ImageService` as messages over one connection. */
export function createImageClient({ call }: Connection): ImageService {
  const ordinary = (signal: AbortSignal | undefined) => ({
    signal,
    deadlineMs: deadlines.ordinary,
  });
  return {
    async listImages(signal) {
      type Response = { readonly images: readonly Image[] };
      return (await call<Response>('ListImages', {}, ordinary(signal))).images;
    },

    async imageStatus(image, signal) {
      type Response = { readonly image?: Image };
      return (await call<Response>('ImageStatus', { image }, ordinary(signal))).image;
    },

    /** As long as the registry takes: only the signal ends it. */
    async pullImage(image, auth, sandboxConfig, signal) {
      type Response = { readonly imageRef: string };
      const request = { image, auth, sandboxConfig };
      return (await call<Response>('PullImage', request, { signal })).imageRef;
    },

    async removeImage(image, signal) {
      await call('RemoveImage', { image }, ordinary(signal));
    },
  };
}
