import { describeContainers } from './contract/containers.ts';
import { describeImages } from './contract/images.ts';
import { describeLogs } from './contract/logs.ts';
import type { ContractImages, RuntimeUnderTest } from './contract/runtime-under-test.ts';
import { describeSandboxes } from './contract/sandboxes.ts';
import { describeStreams } from './contract/streaming.ts';
import { describeSurvival } from './contract/survival.ts';
import { describeUsage } from './contract/usage.ts';

export type { ContractImages, RuntimeUnderTest };

/** The promises of `Cri`, as mocha tests. A runtime that passes can carry a node. */
export function describeRuntime(
  name: string,
  open: () => Promise<RuntimeUnderTest>,
  images: ContractImages,
): void {
  describe(`runtime: ${name}`, function () {
    this.timeout(60_000);
    let opened: RuntimeUnderTest | undefined;
    const runtime = () => {
      if (!opened) throw new Error('the runtime did not open');
      return opened;
    };
    before(async () => {
      opened = await open();
    });
    after(async () => opened?.close());
    afterEach(async () => {
      if (opened) await removeAll(opened);
    });

    describeSandboxes(runtime, images);
    describeContainers(runtime, images);
    describeLogs(runtime, images);
    describeStreams(runtime, images);
    describeUsage(runtime, images);
    describeSurvival(runtime, images);
    describeImages(runtime, images);
  });
}

async function removeAll({ cri }: RuntimeUnderTest): Promise<void> {
  for (const { id } of await cri.runtime.listPodSandbox()) {
    await cri.runtime.stopPodSandbox(id);
    await cri.runtime.removePodSandbox(id);
  }
}
