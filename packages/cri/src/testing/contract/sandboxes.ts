import assert from 'node:assert/strict';
import { isIPv4 } from 'node:net';
import { systemClock } from '@berth/component-base';
import { hasReason } from './errors.ts';
import { makeSandbox, runPod } from './pods.ts';
import type { ContractImages, RuntimeUnderTest } from './runtime-under-test.ts';

export function describeSandboxes(open: () => RuntimeUnderTest, { image }: ContractImages): void {
  describe('sandboxes', () => {
    it('says who it is and that it is ready', async () => {
      const { runtime } = open().cri;
      const version = await runtime.version();
      assert.ok(version.runtimeName && version.runtimeVersion);
      assert.equal(version.runtimeApiVersion, 'v1');
      const { conditions } = await runtime.status();
      const ready = conditions.filter(({ status }) => status).map(({ type }) => type);
      assert.ok(ready.includes('RuntimeReady') && ready.includes('NetworkReady'));
    });

    it('runs a sandbox with an address of its own', async () => {
      const { runtime } = open().cri;
      const before = systemClock.now();
      const config = makeSandbox(open(), { labels: { app: 'a' }, annotations: { note: 'b' } });
      const id = await runtime.runPodSandbox(config, '');
      const other = await runtime.runPodSandbox(makeSandbox(open()), '');

      const status = await runtime.podSandboxStatus(id);
      assert.equal(status.id, id);
      assert.equal(status.state, 'SANDBOX_READY');
      assert.deepEqual(status.metadata, config.metadata);
      assert.deepEqual(status.labels, config.labels);
      assert.equal(status.annotations.note, 'b');
      // Nanoseconds since 1970 are rounded when they become a number, both ways.
      assert.ok(
        status.createdAt / 1e6 >= before - 1 && status.createdAt / 1e6 <= systemClock.now() + 1,
      );
      assert.ok(isIPv4(status.network?.ip ?? ''));
      const ipOfOther = (await runtime.podSandboxStatus(other)).network?.ip;
      assert.notEqual(status.network?.ip, ipOfOther);
    });

    it('reserves a name until its sandbox is removed', async () => {
      const { runtime } = open().cri;
      const config = makeSandbox(open());
      const id = await runtime.runPodSandbox(config, '');
      await assert.rejects(runtime.runPodSandbox(config, ''), hasReason('AlreadyExists'));
      await runtime.stopPodSandbox(id);
      await assert.rejects(runtime.runPodSandbox(config, ''), hasReason('AlreadyExists'));
      const next = { ...config, metadata: { ...config.metadata, attempt: 1 } };
      await runtime.runPodSandbox(next, '');
      await runtime.removePodSandbox(id);
      assert.notEqual(await runtime.runPodSandbox(config, ''), id);
    });

    it('stops and removes as often as it is asked to', async () => {
      const { runtime } = open().cri;
      const id = await runtime.runPodSandbox(makeSandbox(open()), '');
      await runtime.stopPodSandbox(id);
      await runtime.stopPodSandbox(id);
      assert.equal((await runtime.podSandboxStatus(id)).state, 'SANDBOX_NOTREADY');
      await runtime.removePodSandbox(id);
      await runtime.removePodSandbox(id);
      await runtime.stopPodSandbox(id);
      await assert.rejects(runtime.podSandboxStatus(id), hasReason('NotFound'));
      await runtime.stopPodSandbox('nobody');
      await runtime.removePodSandbox('nobody');
    });

    it('ends what runs in a sandbox that is stopped, and forgets it with the sandbox', async () => {
      const { cri } = open();
      const pod = await runPod(cri, makeSandbox(open()), image);
      const id = await pod.run({ command: ['sleep', '3600'] });
      await cri.runtime.stopPodSandbox(pod.id);
      assert.equal((await pod.ended(id)).exitCode, 137);
      await cri.runtime.removePodSandbox(pod.id);
      assert.deepEqual(await cri.runtime.listContainers({ podSandboxId: pod.id }), []);
      await assert.rejects(cri.runtime.containerStatus(id), hasReason('NotFound'));
    });

    it('removes a sandbox that still runs', async () => {
      const { cri } = open();
      const pod = await runPod(cri, makeSandbox(open()), image);
      await pod.run({ command: ['sleep', '3600'] });
      await cri.runtime.removePodSandbox(pod.id);
      assert.deepEqual(await cri.runtime.listPodSandbox({ id: pod.id }), []);
    });

    it('lists by id and by every label asked for', async () => {
      const { runtime } = open().cri;
      const labels = { app: 'list', tier: 'front' };
      const front = await runtime.runPodSandbox(makeSandbox(open(), { labels }), '');
      const back = { ...labels, tier: 'back' };
      const other = await runtime.runPodSandbox(makeSandbox(open(), { labels: back }), '');
      const ids = async (filter?: Parameters<typeof runtime.listPodSandbox>[0]) =>
        (await runtime.listPodSandbox(filter)).map(({ id }) => id).sort();
      assert.deepEqual(await ids(), [front, other].sort());
      assert.deepEqual(await ids({ labels: { app: 'list' } }), [front, other].sort());
      assert.deepEqual(await ids({ labels }), [front]);
      assert.deepEqual(await ids({ labels: { app: 'list', tier: 'none' } }), []);
      assert.deepEqual(await ids({ id: other }), [other]);
    });
  });
}
