import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { sleep } from '@berth/component-base';
import type { Clock } from '@berth/component-base';
import { run } from '../containerd/run.ts';
import type { Snapshotter } from '../containerd/config.ts';
import { CriError } from '../cri.ts';
import type { Image, ImageService } from '../cri.ts';
import type { ImageArchive } from './archive.ts';

export interface ImportOptions {
  /** Path of containerd's socket. */
  readonly socket: string;
  /** The node's own: layers are unpacked into it at once, so that the first container starts as fast as the second. */
  readonly snapshotter: Snapshotter;
  /** An OCI layout or what `docker save` writes, plain or gzipped. */
  readonly archive: string;
}

/** The namespace CRI keeps its images and containers in. */
const namespace = 'k8s.io';

/**
 * Brings an archive's images into a containerd; resolves to their references, docker's short names written out
 * (`docker.io/library/nginx:1`). An image that was there under the same name is replaced. Rejects with ctr's words.
 */
export async function importImage(
  { socket, snapshotter, archive }: ImportOptions,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const command = ['--address', socket, '--namespace', namespace, 'images', 'import'];
  const flags = ['--snapshotter', snapshotter];
  // ctr reads no compressed archive.
  const output = (await isGzipped(archive))
    ? await run('ctr', [...command, ...flags, '-'], {
        signal,
        input: [createReadStream(archive), createGunzip()],
      })
    : await run('ctr', [...command, ...flags, archive], { signal });
  return importedRefs(output);
}

async function isGzipped(file: string): Promise<boolean> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await handle.close();
  }
}

const importedRefs = (output: string): readonly string[] =>
  output.split('\n').flatMap((line) => /^unpacking (\S+) /.exec(line)?.[1] ?? []);

/** The runtime hears of an import through an event, a moment after it. */
const listedLimitMs = 10_000;
const pollMs = 20;

/**
 * Makes sure that a runtime has exactly this image under its name: imports it when the runtime has none or another,
 * and resolves when the runtime lists it.
 */
export async function ensureImage(
  images: ImageService,
  archive: ImageArchive,
  target: Omit<ImportOptions, 'archive'> & { readonly clock: Clock },
  signal?: AbortSignal,
): Promise<Image> {
  const listed = async () => {
    const image = await images.imageStatus({ image: archive.ref }, signal);
    return image?.id === archive.id ? image : undefined;
  };
  const present = await listed();
  if (present) return present;

  await importImage({ ...target, archive: archive.file }, signal);
  const { clock } = target;
  const until = clock.monotonic() + listedLimitMs;
  for (;;) {
    const image = await listed();
    if (image) return image;
    if (clock.monotonic() > until) {
      throw new CriError('DeadlineExceeded', `${archive.ref} was imported but is not listed`);
    }
    await sleep(clock, pollMs, signal);
  }
}
