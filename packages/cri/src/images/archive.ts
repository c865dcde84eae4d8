import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { access, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { packLayer } from './layer.ts';
import type { LayerEntry } from './layer.ts';
import { tarOf } from './tar.ts';
import type { TarWriter } from './tar.ts';

export interface ImageConfig {
  readonly entrypoint?: readonly string[];
  readonly cmd?: readonly string[];
  /** `NAME=value` */
  readonly env?: readonly string[];
  readonly workingDir?: string;
  readonly user?: string;
  readonly stopSignal?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

export interface ImageSource {
  /** With its registry host: `berth.dev/sample:1`. Nothing is ever asked of that host. */
  readonly ref: string;
  readonly config: ImageConfig;
  /** Lowest first. What changes most belongs into the last, so that a new version moves little. */
  readonly layers: readonly (readonly LayerEntry[])[];
  readonly architecture: 'amd64' | 'arm64';
}

export interface ImageArchive {
  readonly ref: string;
  /** `sha256:…` of the manifest, and of the configuration: the id under which a runtime lists the image. */
  readonly digest: string;
  readonly id: string;
  readonly file: string;
}

interface Blob {
  readonly digest: string;
  readonly size: number;
  /** The bytes, as often as they are asked for. */
  readonly open: () => AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

const mediaTypes = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
} as const;

/**
 * Writes an image as an OCI layout in one tar file, which `ctr images import`, `berth load` and `docker load` read.
 * Layers are not compressed: they never leave the machine. The same source gives the same bytes. The file appears
 * under its name when it is complete.
 */
export async function writeImageArchive(source: ImageSource, out: string): Promise<ImageArchive> {
  const { archive, write } = await planArchive(source);
  await write(out);
  return { ...archive, file: out };
}

/**
 * The same in a directory that keeps archives, each named after what is in it: an image that was written before is
 * not written again.
 */
export async function cacheImageArchive(source: ImageSource, dir: string): Promise<ImageArchive> {
  const { archive, write } = await planArchive(source);
  const file = join(dir, `${archive.digest.replace(':', '-')}.tar`);
  if (!(await exists(file))) {
    await mkdir(dir, { recursive: true });
    await write(file);
  }
  return { ...archive, file };
}

async function planArchive(source: ImageSource) {
  const layers = await Promise.all(
    source.layers.map((entries) => measure(() => packLayer(entries))),
  );
  const config = await jsonBlob(configOf(source, layers));
  const manifest = await jsonBlob(manifestOf(config, layers));
  const archive = { ref: source.ref, digest: manifest.digest, id: config.digest };
  const bytes = () => archiveOf(indexOf(source, manifest), [config, manifest, ...layers]);
  return { archive, write: (out: string) => writeWhole(bytes(), out) };
}

/** Two writers of one archive do not share a file until it is whole. */
let writes = 0;

async function writeWhole(bytes: AsyncIterable<Uint8Array>, out: string): Promise<void> {
  const unfinished = `${out}.${process.pid}-${writes++}.part`;
  try {
    await pipeline(bytes, createWriteStream(unfinished));
    await rename(unfinished, out);
  } catch (err) {
    await rm(unfinished, { force: true });
    throw err;
  }
}

const exists = (file: string) =>
  access(file).then(
    () => true,
    () => false,
  );

const archiveOf = (index: object, blobs: readonly Blob[]): AsyncIterable<Uint8Array> =>
  tarOf(async (tar) => {
    const layout = { imageLayoutVersion: '1.0.0' };
    await addBlob(tar, 'oci-layout', await jsonBlob(layout));
    await addBlob(tar, 'index.json', await jsonBlob(index));
    const unique = new Map(blobs.map((blob) => [blob.digest, blob]));
    for (const [digest, blob] of unique) {
      await addBlob(tar, `blobs/${digest.replace(':', '/')}`, blob);
    }
  });

const addBlob = (tar: TarWriter, name: string, { size, open }: Blob) =>
  tar.add({ name, size, mode: 0o644 }, open());

function configOf({ config, architecture }: ImageSource, layers: readonly Blob[]) {
  return {
    architecture,
    os: 'linux',
    config: {
      ...(config.entrypoint && { Entrypoint: config.entrypoint }),
      ...(config.cmd && { Cmd: config.cmd }),
      ...(config.env && { Env: config.env }),
      ...(config.workingDir && { WorkingDir: config.workingDir }),
      ...(config.user && { User: config.user }),
      ...(config.stopSignal && { StopSignal: config.stopSignal }),
      ...(config.labels && { Labels: config.labels }),
    },
    rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
  };
}

const manifestOf = (config: Blob, layers: readonly Blob[]) => ({
  schemaVersion: 2,
  mediaType: mediaTypes.manifest,
  config: descriptor(mediaTypes.config, config),
  layers: layers.map((layer) => descriptor(mediaTypes.layer, layer)),
});

const indexOf = ({ ref, architecture }: ImageSource, manifest: Blob) => ({
  schemaVersion: 2,
  manifests: [
    {
      ...descriptor(mediaTypes.manifest, manifest),
      platform: { architecture, os: 'linux' },
      annotations: {
        'io.containerd.image.name': ref,
        'org.opencontainers.image.ref.name': ref.slice(ref.lastIndexOf(':') + 1),
      },
    },
  ],
});

const descriptor = (mediaType: string, { digest, size }: Blob) => ({ mediaType, digest, size });

const jsonBlob = (value: object): Promise<Blob> => {
  const bytes = Buffer.from(JSON.stringify(value));
  return measure(() => [bytes]);
};

async function measure(open: Blob['open']): Promise<Blob> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of open()) {
    hash.update(chunk);
    size += chunk.length;
  }
  return { digest: `sha256:${hash.digest('hex')}`, size, open };
}
