import assert from 'node:assert/strict';
import { CriError } from '../../cri.ts';
import { makeSandbox } from './pods.ts';
import type { ContractImages, RuntimeUnderTest } from './runtime-under-test.ts';

export function describeImages(
  open: () => RuntimeUnderTest,
  { image, spare }: ContractImages,
): void {
  describe('images', () => {
    it('lists what is there', async () => {
      const { images } = open().cri;
      const listed = await images.listImages();
      const found = listed.find(({ repoTags }) => repoTags.includes(image));
      assert.ok(found);
      assert.ok(found.id && found.size > 0);
      assert.deepEqual(await images.imageStatus({ image }), found);
      assert.deepEqual(await images.imageStatus({ image: found.id }), found);
    });

    it('knows when an image is not there', async () => {
      const { images } = open().cri;
      assert.equal(await images.imageStatus({ image: 'berth.dev/no-such-image:1' }), undefined);
    });

    it('fails to pull from where nothing answers', async () => {
      const unreachable = { image: '127.0.0.1:1/no-such-image:1' };
      const annotations = { 'simulate.berth.dev/pull-error': 'connection refused' };
      await assert.rejects(
        open().cri.images.pullImage(unreachable, undefined, makeSandbox(open(), { annotations })),
        CriError,
      );
      assert.equal(await open().cri.images.imageStatus(unreachable), undefined);
    });

    it('removes an image as often as it is asked to', async () => {
      const { images } = open().cri;
      assert.ok(await images.imageStatus({ image: spare }));
      await images.removeImage({ image: spare });
      assert.equal(await images.imageStatus({ image: spare }), undefined);
      await images.removeImage({ image: spare });
    });
  });
}
