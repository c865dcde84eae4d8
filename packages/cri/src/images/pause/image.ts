import type { ImageSource } from '../archive.ts';
import { pauseExecutable } from './pause.ts';

/** The image of every sandbox. */
export const pauseImageRef = 'berth.dev/pause:1';

export const pauseImage = (architecture: 'amd64' | 'arm64'): ImageSource => ({
  ref: pauseImageRef,
  architecture,
  config: { entrypoint: ['/pause'] },
  layers: [
    [
      {
        path: 'pause',
        mode: 0o755,
        content: pauseExecutable(architecture === 'arm64' ? 'aarch64' : 'x86-64'),
      },
    ],
  ],
});
