import type { ImageSource } from '../images/archive.ts';

/** A small image that runs nothing. */
export const makeSpareImage = (ref: string): ImageSource => ({
  ref,
  architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
  config: { cmd: ['/nothing'] },
  layers: [[{ path: 'name', content: ref }]],
});
