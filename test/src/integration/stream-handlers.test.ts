import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createStreamHandlers } from '@berth/agent';
import type { ExecOptions, StreamHandlers, StreamIo } from '@berth/agent';
import { createPipe, silentLogger, systemClock } from '@berth/component-base';
import type { Pipe } from '@berth/component-base';
import { createSimulatedCri, sampleImage, sampleImageRef } from '@berth/cri';
import type { Cri } from '@berth/cri';
import { startTestContainerd, whyNoContainerd } from '@berth/cri/testing';
import { eventually } from '../eventually.ts';
import { skip } from '../testing/skip.ts';

interface Runtime {
  readonly cri: Cri;
  readonly dir: string;
  readonly cgroupParent?: string;
  close(): Promise<void>;
}

async function openSimulated(): Promise<Runtime> {
  const dir = await mkdtemp(join(tmpdir(), 'berth-streams-'));
  const cri = createSimulatedCri({
    clock: systemClock,
    logger: silentLogger,
    podCidr: '10.91.0.0/24',
    images: [sampleImageRef],
  });
  const close = async () => {
    cri.close();
    await rm(dir, { recursive: true });
  };
  return { cri, dir, close };
}

describeStreams('simulated', openSimulated);
describeStreams(
  'containerd',
  async () => startTestContainerd([await sampleImage()]),
  whyNoContainerd(),
);

function describeStreams(name: string, open: () => Promise<Runtime>, why?: string): void {
  describe(`stream handlers on ${name}`, function () {
    this.timeout(60_000);
    let runtime: Runtime | undefined;
    let handlers: Omit<StreamHandlers, 'logs'>;
    let signal: AbortSignal;

    const target = { namespace: 'default', pod: 'p', uid: 'u', container: 'main' };
    const plain = { stdin: false, stdout: true, stderr: true, tty: false };
    const exec = async (command: readonly string[], options: Partial<ExecOptions> = {}) => {
      const io = createIo();
      const done = handlers.exec(target, { ...plain, ...options, command }, io, signal);
      return { io, done };
    };

    before(async function () {
      if (why) skip(this, why);
      runtime = await open();
      const { sandboxId, containerId } = await startPod(runtime);
      handlers = createStreamHandlers(runtime.cri.runtime)({
        container: async () => ({ id: containerId, tty: false }),
        sandbox: async () => ({ id: sandboxId, ips: [] }),
      });
      signal = new AbortController().signal;
    });
    after(() => runtime?.close());

    it('runs a command and tells how it ended', async () => {
      const { io, done } = await exec(['sh', '-c', 'echo out; echo err >&2; exit 5']);
      assert.deepEqual(await done, { exitCode: 5 });
      assert.deepEqual(io.texts, { stdout: 'out\n', stderr: 'err\n' });
      assert.deepEqual(await (await exec(['true'])).done, { exitCode: 0 });
    });

    it('ends when what is typed ends', async () => {
      const { io, done } = await exec(['cat'], { stdin: true });
      await io.typed.write(new TextEncoder().encode('typed'));
      io.typed.end();
      assert.deepEqual(await done, { exitCode: 0 });
      assert.equal(io.texts.stdout, 'typed');
    });

    it('refuses a command that is not there', async () => {
      const { done } = await exec(['no-such-command']);
      const exit = await done.catch((err: unknown) => err);
      assert.ok(exit instanceof Error || (exit as { exitCode: number }).exitCode > 0);
    });

    it('leaves when nobody is interested any more', async () => {
      const leave = new AbortController();
      const io = createIo();
      const options = { ...plain, command: ['sh', '-c', 'echo begun; sleep 3600'] };
      const done = handlers.exec(target, options, io, leave.signal);
      await eventually(() => io.texts.stdout !== '');
      leave.abort();
      await assert.rejects(done);
    });

    it('forwards a port', async () => {
      const io = createIo();
      const leave = new AbortController();
      const done = handlers.portForward(target, 8080, io, leave.signal);
      const request = 'GET / HTTP/1.1\r\nHost: pod\r\nConnection: close\r\n\r\n';
      await io.typed.write(new TextEncoder().encode(request));
      await eventually(() => /^HTTP\/1\.1 200 /.test(io.texts.stdout));
      leave.abort();
      await done.catch(() => undefined);
    });
  });
}

interface TestIo extends StreamIo {
  readonly typed: Pipe<Uint8Array>;
  readonly texts: { stdout: string; stderr: string };
}

function createIo(): TestIo {
  const typed = createPipe<Uint8Array>();
  const texts = { stdout: '', stderr: '' };
  return {
    typed,
    texts,
    stdin: typed.items,
    resize: createPipe<{ readonly width: number; readonly height: number }>().items,
    stdout: async (data) => void (texts.stdout += Buffer.from(data).toString()),
    stderr: async (data) => void (texts.stderr += Buffer.from(data).toString()),
  };
}

async function startPod({ cri, dir, cgroupParent }: Runtime) {
  const { runtime } = cri;
  const config = {
    metadata: { name: 'p', uid: 'u', namespace: 'default', attempt: 0 },
    logDirectory: join(dir, 'logs'),
    labels: {},
    annotations: {},
    linux: { ...(cgroupParent && { cgroupParent: `${cgroupParent}/p` }) },
  };
  const sandboxId = await runtime.runPodSandbox(config, '');
  const container = {
    metadata: { name: 'main', attempt: 0 },
    image: { image: sampleImageRef },
    labels: {},
    annotations: {},
    logPath: 'main.log',
  };
  const containerId = await runtime.createContainer(sandboxId, container, config);
  await runtime.startContainer(containerId);
  await eventually(async () => {
    const { state } = await runtime.containerStatus(containerId);
    return state === 'CONTAINER_RUNNING';
  });
  return { sandboxId, containerId };
}
