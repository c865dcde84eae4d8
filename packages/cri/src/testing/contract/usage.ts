import assert from 'node:assert/strict';
import { eventually } from './eventually.ts';
import { makeSandbox, runPod } from './pods.ts';
import type { ContractImages, RuntimeUnderTest } from './runtime-under-test.ts';

export function describeUsage(open: () => RuntimeUnderTest, { image }: ContractImages): void {
  describe('usage', () => {
    it('counts the CPU time and memory of what runs', async () => {
      const { cri } = open();
      // A real loop burns by itself; a simulated one is told to.
      const annotations = {
        'simulate.berth.dev/cpu.busy': '1',
        'simulate.berth.dev/memory.busy': '4Mi',
      };
      const pod = await runPod(cri, makeSandbox(open(), { annotations }), image);
      const labels = { usage: 'yes' };
      const command = ['sh', '-c', 'while true; do true; done'];
      const busy = await pod.run({ name: 'busy', command, labels });
      await pod.run({ name: 'unlabelled', command: ['sleep', '3600'] });
      const look = async () => {
        const stats = await cri.runtime.listContainerStats({ labels });
        assert.ok(stats.length <= 1);
        const [only] = stats;
        // A runtime may be asked before it has measured anything.
        return only?.cpu && only.memory && only.memory.workingSetBytes > 0
          ? { ...only, cpu: only.cpu, memory: only.memory }
          : undefined;
      };
      const first = await eventually(look);
      assert.equal(first.attributes.id, busy);
      assert.deepEqual(first.attributes.metadata, { name: 'busy', attempt: 0 });
      assert.deepEqual(first.attributes.labels, labels);
      const later = await eventually(async () => {
        const next = await look();
        const used = (next?.cpu.usageCoreNanoSeconds ?? 0) - first.cpu.usageCoreNanoSeconds;
        return next && used > 50e6 ? next : undefined;
      });
      assert.ok(later.cpu.timestamp > first.cpu.timestamp);
    });

    it('takes new limits for a running container', async () => {
      const { cri } = open();
      const pod = await runPod(cri, makeSandbox(open()), image);
      const id = await pod.run({ command: ['sleep', '3600'] });
      await cri.runtime.updateContainerResources(id, { cpuShares: 512 });
      assert.equal((await cri.runtime.containerStatus(id)).state, 'CONTAINER_RUNNING');
    });

    it('says that a container was ended for its memory', async () => {
      const { cri } = open();
      const annotations = { 'simulate.berth.dev/oom-after': '10ms' };
      const pod = await runPod(cri, makeSandbox(open(), { annotations }), image);
      // It keeps the last lines, and there never is one.
      const command = ['tail', '/dev/zero'];
      const linux = { resources: { memoryLimitInBytes: 32 << 20 } };
      const { reason, exitCode } = await pod.ended(await pod.run({ command, linux }));
      assert.deepEqual([reason, exitCode], ['OOMKilled', 137]);
    });

    it('has no usage of what does not run', async () => {
      const { cri } = open();
      const pod = await runPod(cri, makeSandbox(open()), image);
      const labels = { usage: 'none' };
      await pod.ended(await pod.run({ command: ['true'], labels }));
      const stats = await cri.runtime.listContainerStats({ labels });
      assert.ok(stats.every(({ cpu }) => !cpu?.usageCoreNanoSeconds));
    });
  });
}
