import assert from 'node:assert/strict';
import { eventually } from './eventually.ts';
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

    it('tells who listens what happens to containers', async function () {
      const { cri } = open();
      if (!cri.runtime.containerEvents) return this.skip();
      const pod = await runPod(cri, makeSandbox(open()), image);
      const listening = new AbortController();
      const types: string[] = [];
      const listener = (async () => {
        for await (const event of cri.runtime.containerEvents!(listening.signal)) {
          if (event.podSandboxId === pod.id && event.containerId !== pod.id) types.push(event.type);
        }
      })().catch((err: unknown) => {
        if (!listening.signal.aborted) throw err;
      });
      const id = await pod.run({ command: ['true'] });
      await pod.ended(id);
      await cri.runtime.removeContainer(id);
      await eventually(async () => types.includes('DELETED') || undefined);
      listening.abort();
      await listener;
      assert.deepEqual(types.slice(-3), ['STARTED', 'STOPPED', 'DELETED']);
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
