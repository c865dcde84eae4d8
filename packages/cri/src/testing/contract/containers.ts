import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '@berth/component-base';
import { CriError } from '../../cri.ts';
import { hasReason } from './errors.ts';
import { eventually } from './eventually.ts';
import { makeSandbox, runPod } from './pods.ts';
import type { ContractImages, RuntimeUnderTest } from './runtime-under-test.ts';

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

export function describeContainers(open: () => RuntimeUnderTest, { image }: ContractImages): void {
  const newPod = () => runPod(open().cri, makeSandbox(open()), image);

  describe('containers', () => {
    it('goes from created over running to exited, with a time for each', async () => {
      const { runtime } = open().cri;
      const pod = await newPod();
      const labels = { part: 'x' };
      const id = await pod.create({ command: ['sleep', '3600'], labels, annotations: { n: '1' } });
      const created = await runtime.containerStatus(id);
      assert.equal(created.state, 'CONTAINER_CREATED');
      assert.deepEqual([created.startedAt, created.finishedAt], [0, 0]);

      await runtime.startContainer(id);
      const running = await runtime.containerStatus(id);
      assert.equal(running.state, 'CONTAINER_RUNNING');
      assert.ok(running.startedAt >= created.createdAt);
      assert.equal(running.finishedAt, 0);
      assert.deepEqual(running.labels, labels);
      assert.equal(running.annotations.n, '1');
      assert.equal(running.image.image, image);
      assert.equal(running.logPath, join(pod.config.logDirectory, 'main/0.log'));
      assert.ok(running.imageRef);

      await runtime.stopContainer(id, 0);
      const exited = await pod.ended(id);
      assert.ok(exited.finishedAt >= running.startedAt);
      assert.equal(exited.createdAt, created.createdAt);
      assert.equal(exited.exitCode, 137);
      assert.equal(exited.reason, 'Error');
    });

    it('reports the exit code of a container that ends by itself', async () => {
      const pod = await newPod();
      const fails = await pod.run({ name: 'fails', command: ['sh', '-c', 'exit 3'] });
      const works = await pod.run({ name: 'works', command: ['true'] });
      const { exitCode, reason } = await pod.ended(fails);
      assert.deepEqual([exitCode, reason], [3, 'Error']);
      const completed = await pod.ended(works);
      assert.deepEqual([completed.exitCode, completed.reason], [0, 'Completed']);
    });

    it('lets a container end in its own way within the grace', async () => {
      const pod = await newPod();
      const id = await pod.run({
        command: ['sh', '-c', 'trap "exit 7" TERM; echo ready; sleep 3600 & wait'],
      });
      await untilLogged(pod.config.logDirectory, 'ready');
      const start = systemClock.monotonic();
      await open().cri.runtime.stopContainer(id, 30);
      assert.ok(systemClock.monotonic() - start < 10_000);
      assert.equal((await pod.ended(id)).exitCode, 7);
    });

    it('kills a container that does not end within the grace', async () => {
      const pod = await newPod();
      // The first process of a container does not see a signal that it does not handle.
      const id = await pod.run({ command: ['sleep', '3600'] });
      const start = systemClock.monotonic();
      await open().cri.runtime.stopContainer(id, 1);
      const took = systemClock.monotonic() - start;
      assert.ok(took >= 950 && took < 10_000, `took ${took} ms`);
      assert.equal((await pod.ended(id)).exitCode, 137);
    });

    it('stops and removes as often as it is asked to', async () => {
      const { runtime } = open().cri;
      const pod = await newPod();
      const id = await pod.run({ command: ['sleep', '3600'] });
      await runtime.stopContainer(id, 0);
      await runtime.stopContainer(id, 0);
      await runtime.removeContainer(id);
      await runtime.removeContainer(id);
      await runtime.stopContainer(id, 0);
      await runtime.stopContainer('nobody', 0);
      await runtime.removeContainer('nobody');
      await assert.rejects(runtime.containerStatus(id), hasReason('NotFound'));
    });

    it('reserves a name within a sandbox until its container is removed', async () => {
      const { runtime } = open().cri;
      const pod = await newPod();
      const id = await pod.create({ command: ['true'] });
      await assert.rejects(pod.create({ command: ['true'] }), hasReason('AlreadyExists'));
      await pod.create({ command: ['true'], metadata: { name: 'main', attempt: 1 } });
      await runtime.removeContainer(id);
      assert.notEqual(await pod.create({ command: ['true'] }), id);
    });

    it('starts a container once', async () => {
      const { runtime } = open().cri;
      const pod = await newPod();
      const id = await pod.run({ command: ['true'] });
      await pod.ended(id);
      await assert.rejects(runtime.startContainer(id), CriError);
      await assert.rejects(runtime.startContainer('nobody'), hasReason('NotFound'));
    });

    it('says why a container could not start', async () => {
      const { runtime } = open().cri;
      // A simulated image has every program, unless it is told that one does not start.
      const annotations = { 'simulate.berth.dev/start-error': 'no such file or directory' };
      const pod = await runPod(open().cri, makeSandbox(open(), { annotations }), image);
      const id = await pod.create({ command: ['/no/such/program'] });
      await assert.rejects(runtime.startContainer(id), /no such file or directory/);
      const status = await runtime.containerStatus(id);
      assert.equal(status.state, 'CONTAINER_EXITED');
      assert.equal(status.exitCode, 128);
      assert.equal(status.reason, 'StartError');
    });

    it('refuses an image it does not have and a sandbox it does not know', async () => {
      const { cri } = open();
      const config = makeSandbox(open());
      const pod = await runPod(cri, config, image);
      await assert.rejects(
        pod.create({ image: { image: 'berth.dev/no-such-image:1' } }),
        hasReason('NotFound'),
      );
      const { runtime } = cri;
      await runtime.stopPodSandbox(pod.id);
      await runtime.removePodSandbox(pod.id);
      await assert.rejects(pod.create({ command: ['true'] }), hasReason('NotFound'));
    });

    it('lists by sandbox and by label', async () => {
      const { runtime } = open().cri;
      const [one, two] = [await newPod(), await newPod()];
      const a = await one.create({ name: 'a', command: ['true'], labels: { x: '1' } });
      const b = await one.create({ name: 'b', command: ['true'], labels: { x: '2' } });
      const c = await two.create({ name: 'c', command: ['true'], labels: { x: '1' } });
      const ids = async (filter?: Parameters<typeof runtime.listContainers>[0]) =>
        (await runtime.listContainers(filter)).map(({ id }) => id).sort();
      assert.deepEqual(await ids(), [a, b, c].sort());
      assert.deepEqual(await ids({ podSandboxId: one.id }), [a, b].sort());
      assert.deepEqual(await ids({ labels: { x: '1' } }), [a, c].sort());
      assert.deepEqual(await ids({ podSandboxId: one.id, labels: { x: '1' } }), [a]);
      assert.deepEqual(await ids({ id: c }), [c]);
      const [listed] = await runtime.listContainers({ id: a });
      assert.equal(listed?.podSandboxId, one.id);
      assert.deepEqual(listed.metadata, { name: 'a', attempt: 0 });
    });

    it('hands over environment, arguments, working directory and host name', async () => {
      const pod = await newPod();
      const id = await pod.run({
        command: ['sh', '-c', 'echo "$GREETING"; echo "$0 $1"; pwd; hostname'],
        args: ['first', 'second'],
        envs: [{ key: 'GREETING', value: 'hello  there' }],
        workingDir: '/tmp',
      });
      await pod.ended(id);
      const log = await readFile(join(pod.config.logDirectory, 'main/0.log'), 'utf8');
      const lines = log.trimEnd().split('\n');
      assert.deepEqual(
        lines.map((line) => line.split(' ').slice(3).join(' ')),
        ['hello  there', 'first second', '/tmp', pod.config.hostname],
      );
    });

    it('mounts directories of the host', async () => {
      const { runtime } = open().cri;
      const shared = join(open().dir, `shared-${systemClock.now()}`);
      await mkdir(shared, { recursive: true });
      await writeFile(join(shared, 'in'), 'from the host');
      const pod = await newPod();
      const mounts = [
        { containerPath: '/data', hostPath: shared },
        { containerPath: '/fixed', hostPath: shared, readonly: true },
      ];
      const id = await pod.run({ command: ['sleep', '3600'], mounts });
      const read = await runtime.execSync(id, ['cat', '/data/in'], 10);
      assert.equal(text(read.stdout), 'from the host');
      const write = await runtime.execSync(id, ['sh', '-c', 'echo back > /data/out'], 10);
      assert.equal(write.exitCode, 0);
      assert.equal(await readFile(join(shared, 'out'), 'utf8'), 'back\n');
      const refused = await runtime.execSync(id, ['sh', '-c', 'echo no > /fixed/out'], 10);
      assert.notEqual(refused.exitCode, 0);
      const status = await runtime.containerStatus(id);
      const mounted = status.mounts.map(({ containerPath }) => containerPath);
      assert.ok(mounted.includes('/data') && mounted.includes('/fixed'));
    });

    it('runs a command in a container and keeps its outputs apart', async () => {
      const { runtime } = open().cri;
      const pod = await newPod();
      const id = await pod.run({ command: ['sleep', '3600'] });
      const command = ['sh', '-c', 'echo out; echo err >&2; exit 4'];
      const { stdout, stderr, exitCode } = await runtime.execSync(id, command, 10);
      assert.deepEqual([text(stdout), text(stderr), exitCode], ['out\n', 'err\n', 4]);
      const silent = await runtime.execSync(id, ['true'], 0);
      assert.deepEqual([silent.stdout.length, silent.exitCode], [0, 0]);
    });

    it('ends a command that takes longer than it may', async () => {
      const { runtime } = open().cri;
      const pod = await newPod();
      const id = await pod.run({ command: ['sleep', '3600'] });
      await assert.rejects(runtime.execSync(id, ['sleep', '60'], 1), hasReason('DeadlineExceeded'));
    });

    it('runs no command where there is no program or no process', async () => {
      const { runtime } = open().cri;
      const pod = await newPod();
      const id = await pod.run({ command: ['sleep', '3600'] });
      await assert.rejects(runtime.execSync(id, ['/no/such/program'], 10), CriError);
      await assert.rejects(runtime.execSync('nobody', ['true'], 10), hasReason('NotFound'));
      await runtime.stopContainer(id, 0);
      await assert.rejects(runtime.execSync(id, ['true'], 10), CriError);
    });
  });
}

async function untilLogged(logDirectory: string, word: string): Promise<void> {
  await eventually(async () => {
    const log = await readFile(join(logDirectory, 'main/0.log'), 'utf8').catch(() => '');
    return log.includes(word) || undefined;
  });
}
