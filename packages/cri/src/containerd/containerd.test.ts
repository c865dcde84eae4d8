import { makeSpareImage } from '../testing/spare-image.ts';
import { startTestContainerd, whyNoContainerd } from '../testing/containerd.ts';
import { describeRuntime } from '../testing/contract.ts';
import { connectCri } from '../connect.ts';
import { sampleImage, sampleImageRef } from '../images/sample/sample.ts';

const why = whyNoContainerd();

if (why) {
  describe('runtime: containerd', () => {
    it(`is not tested here: ${why}`, function () {
      this.skip();
    });
  });
} else {
  const spare = makeSpareImage('berth.dev/spare:1');
  describeRuntime(
    'containerd',
    async () => {
      const { cri, endpoint, dir, cgroupParent, crash, close } = await startTestContainerd([
        await sampleImage(),
        spare,
      ]);
      const reconnect = () => connectCri({ endpoint });
      return { cri, dir, cgroupParent, reconnect, crash, close };
    },
    { image: sampleImageRef, spare: spare.ref },
  );
}
