import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, mkdtemp, readFile, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { extract } from 'tar-stream';
import { cacheImageArchive, writeImageArchive } from './archive.ts';
import type { ImageSource } from './archive.ts';

interface Entry {
  readonly type: string;
  readonly mode: number;
  readonly linkname: string | null;
  readonly content: Buffer;
}

describe('image archive', () => {
  let dir = '';
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'berth-archive-'));
    await writeFile(join(dir, 'tool'), 'a program');
  });
  afterEach(() => rm(dir, { recursive: true }));

  const source = (app = 'app'): ImageSource => ({
    ref: 'berth.dev/test:1',
    architecture: 'amd64',
    config: { entrypoint: ['/bin/tool'], env: ['A=1'], workingDir: '/app' },
    layers: [
      [
        { path: '/usr/bin/tool', hostPath: join(dir, 'tool'), mode: 0o755 },
        { path: 'bin', linkTo: 'usr/bin' },
        { path: 'tmp', directory: true, mode: 0o1777 },
      ],
      [{ path: 'app/app.js', content: app }],
    ],
  });

  const json = async (bytes: Buffer | undefined) => JSON.parse(String(bytes)) as never;
  type Descriptor = { readonly digest: string; readonly size: number };
  interface Index {
    readonly manifests: readonly (Descriptor & { readonly annotations: object })[];
  }
  interface Manifest {
    readonly config: Descriptor;
    readonly layers: readonly Descriptor[];
  }
  interface Config {
    readonly rootfs: { readonly diff_ids: readonly string[] };
    readonly config: object;
  }

  it('is an OCI layout whose blobs are what their names say', async () => {
    const archive = await writeImageArchive(source(), join(dir, 'image.tar'));
    const files = await unpack(createReadStream(archive.file));
    const blob = (digest: string) => files.get(`blobs/${digest.replace(':', '/')}`)?.content;
    for (const [name, { content }] of files) {
      if (name.startsWith('blobs/')) assert.equal(name, `blobs/sha256/${sha256(content)}`);
    }
    const index: Index = await json(files.get('index.json')?.content);
    assert.equal(index.manifests[0]?.digest, archive.digest);
    assert.deepEqual(index.manifests[0].annotations, {
      'io.containerd.image.name': 'berth.dev/test:1',
      'org.opencontainers.image.ref.name': '1',
    });
    const manifest: Manifest = await json(blob(archive.digest));
    assert.equal(manifest.config.digest, archive.id);
    const config: Config = await json(blob(archive.id));
    const layers = manifest.layers.map(({ digest }) => digest);
    assert.deepEqual(config.rootfs.diff_ids, layers);
    assert.deepEqual(config.config, {
      Entrypoint: ['/bin/tool'],
      Env: ['A=1'],
      WorkingDir: '/app',
    });
    for (const { digest, size } of [...index.manifests, manifest.config, ...manifest.layers]) {
      assert.equal(blob(digest)?.length, size);
    }

    const layer = await unpack([blob(layers[0]!)!]);
    assert.deepEqual([...layer.keys()], ['bin', 'tmp', 'usr', 'usr/bin', 'usr/bin/tool']);
    assert.equal(layer.get('usr/bin/tool')?.content.toString(), 'a program');
    assert.equal(layer.get('usr/bin/tool')?.mode, 0o755);
    assert.equal(layer.get('tmp')?.mode, 0o1777);
    assert.equal(layer.get('bin')?.linkname, 'usr/bin');
  });

  it('depends on contents only, not on times, order or who built it', async () => {
    const one = await writeImageArchive(source(), join(dir, 'one.tar'));
    await utimes(join(dir, 'tool'), 1, 1);
    await chmod(join(dir, 'tool'), 0o600);
    const shuffled = { ...source(), layers: source().layers.map((layer) => layer.toReversed()) };
    const two = await writeImageArchive(shuffled, join(dir, 'two.tar'));
    assert.equal(one.digest, two.digest);
    assert.deepEqual(await readFile(one.file), await readFile(two.file));
  });

  it('keeps the lower layers when the application changes', async () => {
    const layersOf = async (app: string) => {
      const archive = await writeImageArchive(source(app), join(dir, `${app}.tar`));
      const files = await unpack(createReadStream(archive.file));
      const manifest: Manifest = await json(
        files.get(`blobs/${archive.digest.replace(':', '/')}`)?.content,
      );
      return manifest.layers.map(({ digest }) => digest);
    };
    const [one, two] = [await layersOf('one'), await layersOf('two')];
    assert.equal(one[0], two[0]);
    assert.notEqual(one[1], two[1]);
  });

  it('is written once for its content', async () => {
    const cache = join(dir, 'cache');
    const first = await cacheImageArchive(source(), cache);
    await writeFile(first.file, 'as it was left');
    const again = await cacheImageArchive(source(), cache);
    assert.deepEqual(again, first);
    assert.equal(await readFile(again.file, 'utf8'), 'as it was left');
    await cacheImageArchive(source('other'), cache);
    assert.equal((await readdir(cache)).length, 2);
  });

  it('leaves nothing behind when a file cannot be read', async () => {
    const missing = { path: 'x', hostPath: join(dir, 'missing') };
    const broken = { ...source(), layers: [[missing]] };
    await assert.rejects(writeImageArchive(broken, join(dir, 'broken.tar')), /ENOENT/);
    assert.deepEqual(await readdir(dir), ['tool']);
  });
});

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

async function unpack(
  bytes: AsyncIterable<Buffer> | Iterable<Buffer>,
): Promise<ReadonlyMap<string, Entry>> {
  const entries = new Map<string, Entry>();
  const extracting = extract();
  const feeding = (async () => {
    for await (const chunk of bytes) extracting.write(chunk);
    extracting.end(null);
  })();
  for await (const entry of extracting) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry as AsyncIterable<Buffer>) chunks.push(chunk);
    const { name, type, mode, linkname } = entry.header;
    entries.set(name.replace(/\/$/, ''), { type, mode, linkname, content: Buffer.concat(chunks) });
  }
  await feeding;
  return entries;
}
