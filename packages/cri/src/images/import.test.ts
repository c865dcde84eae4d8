import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { systemClock } from '@berth/component-base';
import { startTestContainerd, whyNoContainerd } from '../testing/containerd.ts';
import type { TestContainerd } from '../testing/containerd.ts';
import { eventually } from '../testing/contract/eventually.ts';
import { makeSpareImage } from '../testing/spare-image.ts';
import { writeImageArchive } from './archive.ts';
import { ensureImage, importImage } from './import.ts';
import { packLayer } from './layer.ts';
import { tarOf } from './tar.ts';

const why = whyNoContainerd();

(why ? describe.skip : describe)('importing images', function () {
  this.timeout(60_000);
  let containerd: TestContainerd;
  before(async () => {
    containerd = await startTestContainerd([]);
  });
  after(() => containerd.close());

  for (const [kind, pack] of [
    ['as it is', (bytes: Buffer) => bytes],
    ['gzipped', (bytes: Buffer) => gzipSync(bytes)],
  ] as const) {
    it(`takes what docker save writes, ${kind}`, async () => {
      const { cri, options, dir } = containerd;
      const archive = join(dir, 'saved.tar');
      const name = kind === 'gzipped' ? 'zipped' : 'plain';
      await writeFile(archive, pack(await dockerArchive(`${name}:2`)));
      const ref = `docker.io/library/${name}:2`;
      assert.deepEqual(await importImage({ ...options, archive }), [ref]);
      const image = await eventually(() => cri.images.imageStatus({ image: ref }));
      assert.ok(image.repoTags.includes(ref));
      // The short name that a pod writes is the same image.
      assert.equal((await cri.images.imageStatus({ image: `${name}:2` }))?.id, image.id);
    });
  }

  it('imports an image once, and again when its name means another', async () => {
    const { cri, options, dir } = containerd;
    const target = { ...options, clock: systemClock };
    const ref = 'berth.dev/changing:1';
    const first = await writeImageArchive(makeSpareImage(ref), join(dir, 'first.tar'));
    assert.equal((await ensureImage(cri.images, first, target)).id, first.id);
    // Nothing is read when nothing has to be imported.
    const unreadable = { ...first, file: join(dir, 'missing.tar') };
    assert.equal((await ensureImage(cri.images, unreadable, target)).id, first.id);

    const source = { ...makeSpareImage(ref), config: { cmd: ['/other'] } };
    const second = await writeImageArchive(source, join(dir, 'second.tar'));
    assert.notEqual(second.id, first.id);
    assert.equal((await ensureImage(cri.images, second, target)).id, second.id);
    assert.equal((await cri.images.imageStatus({ image: ref }))?.id, second.id);
  });

  it('says why a file is no image', async () => {
    const { options, dir } = containerd;
    const archive = join(dir, 'text');
    await writeFile(archive, 'no archive');
    await assert.rejects(importImage({ ...options, archive }), /^Error: ctr: .+/);
  });
});

/** The form before OCI: a list of images beside their configurations and layers. */
async function dockerArchive(tag: string): Promise<Buffer> {
  const layer = await collect(packLayer([{ path: 'name', content: tag }]));
  const diffId = `sha256:${createHash('sha256').update(layer).digest('hex')}`;
  const config = JSON.stringify({
    architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
    os: 'linux',
    config: { Cmd: ['/x'] },
    rootfs: { type: 'layers', diff_ids: [diffId] },
  });
  const manifest = [{ Config: 'config.json', RepoTags: [tag], Layers: ['layer.tar'] }];
  const files = [
    ['config.json', Buffer.from(config)],
    ['layer.tar', layer],
    ['manifest.json', Buffer.from(JSON.stringify(manifest))],
  ] as const;
  return collect(
    tarOf(async (tar) => {
      for (const [name, content] of files) await tar.add({ name, size: content.length }, [content]);
    }),
  );
}

async function collect(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks);
}
