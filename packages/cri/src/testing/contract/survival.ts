import assert from 'node:assert/strict';
import { makeSandbox, runPod } from './pods.ts';
import type { ContractImages, RuntimeUnderTest } from './runtime-under-test.ts';

export function describeSurvival(open: () => RuntimeUnderTest, { image }: ContractImages): void {
  describe('survival', () => {
    it('shows the same to a client that comes later', async () => {
      const { cri, reconnect } = open();
      const pod = await runPod(cri, makeSandbox(open()), image);
      const id = await pod.run({ command: ['sleep', '3600'] });
      const other = await reconnect();
      try {
        assert.deepEqual(
          await other.runtime.podSandboxStatus(pod.id),
          await cri.runtime.podSandboxStatus(pod.id),
        );
        assert.deepEqual(
          await other.runtime.containerStatus(id),
          await cri.runtime.containerStatus(id),
        );
      } finally {
        other.close();
      }
    });

    it('keeps what runs when the runtime itself ends', async function () {
      const { cri, crash } = open();
      if (!crash) return this.skip();
      const pod = await runPod(cri, makeSandbox(open()), image);
      const id = await pod.run({ command: ['sleep', '3600'] });
      const { startedAt } = await cri.runtime.containerStatus(id);
      const { network } = await cri.runtime.podSandboxStatus(pod.id);
      await crash();
      const status = await cri.runtime.containerStatus(id);
      assert.deepEqual([status.state, status.startedAt], ['CONTAINER_RUNNING', startedAt]);
      assert.deepEqual((await cri.runtime.podSandboxStatus(pod.id)).network, network);
      assert.equal((await cri.runtime.execSync(id, ['true'], 10)).exitCode, 0);
    });
  });
}
