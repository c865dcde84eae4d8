import assert from 'node:assert/strict';
import { eventually } from './eventually.ts';
import { hasReason } from './errors.ts';
import { makeSandbox, runPod } from './pods.ts';
import type { ContractImages, RuntimeUnderTest } from './runtime-under-test.ts';
import { openStream } from './streams.ts';
import type { ChannelStream } from './streams.ts';

const stdin = 0;
const stdout = 1;
const stderr = 2;
const statusChannel = 3;
const anything = (text: string) => text !== '';

export function describeStreams(open: () => RuntimeUnderTest, { image }: ContractImages): void {
  const newPod = () => runPod(open().cri, makeSandbox(open()), image);
  const streams = { stdin: true, stdout: true, stderr: true, tty: false };

  describe('streams', () => {
    let stream: ChannelStream | undefined;
    afterEach(async () => {
      await stream?.close();
      stream = undefined;
    });

    it('runs a command whose streams are channels, and says how it ended', async () => {
      const pod = await newPod();
      const id = await pod.run({ command: ['sleep', '3600'] });
      const command = ['sh', '-c', 'echo out; echo err >&2; exit 5'];
      const url = await open().cri.runtime.exec(id, { command, ...streams, stdin: false });
      stream = await openStream(url);
      assert.equal(await stream.read(stdout, (text) => text.endsWith('\n')), 'out\n');
      assert.equal(await stream.read(stderr, (text) => text.endsWith('\n')), 'err\n');
      const status = JSON.parse(await stream.read(statusChannel, anything)) as { message: string };
      const { message, ...rest } = status;
      assert.match(message, /^command terminated with non-zero exit code: /);
      assert.deepEqual(rest, {
        metadata: {},
        status: 'Failure',
        reason: 'NonZeroExitCode',
        details: { causes: [{ reason: 'ExitCode', message: '5' }] },
      });
    });

    it('says success of a command that worked', async () => {
      const pod = await newPod();
      const id = await pod.run({ command: ['sleep', '3600'] });
      const url = await open().cri.runtime.exec(id, { command: ['true'], ...streams });
      stream = await openStream(url);
      const status = JSON.parse(await stream.read(statusChannel, anything)) as object;
      assert.deepEqual(status, { metadata: {}, status: 'Success' });
    });

    it('hands over what is typed', async () => {
      const pod = await newPod();
      const id = await pod.run({ command: ['sleep', '3600'] });
      const url = await open().cri.runtime.exec(id, { command: ['cat'], ...streams });
      stream = await openStream(url);
      stream.send(stdin, 'typed\n');
      assert.equal(await stream.read(stdout, (text) => text.endsWith('\n')), 'typed\n');
    });

    it('attaches to the streams of a running container', async () => {
      const pod = await newPod();
      const id = await pod.run({ command: ['cat'], stdin: true });
      stream = await openStream(await open().cri.runtime.attach(id, streams));
      stream.send(stdin, 'attached\n');
      assert.equal(await stream.read(stdout, (text) => text.endsWith('\n')), 'attached\n');
    });

    it('forwards a port of a sandbox', async () => {
      const pod = await newPod();
      await pod.run({});
      const { answer, stream: forward } = await eventually(async () =>
        request(await open().cri.runtime.portForward(pod.id, [8080])),
      );
      stream = forward;
      assert.equal(answer.charCodeAt(0) + 256 * answer.charCodeAt(1), 8080);
      assert.match(answer.slice(2), /^HTTP\/1\.1 200 /);
    });

    it('opens no stream into what does not run', async () => {
      const { runtime } = open().cri;
      const command = ['true'];
      await assert.rejects(runtime.exec('nobody', { command, ...streams }), hasReason('NotFound'));
      await assert.rejects(runtime.attach('nobody', streams), hasReason('NotFound'));
      await assert.rejects(runtime.portForward('nobody', [80]), hasReason('NotFound'));
      const pod = await newPod();
      const id = await pod.run({ command: ['true'] });
      await pod.ended(id);
      await assert.rejects(runtime.exec(id, { command, ...streams }));
    });
  });
}

/** One HTTP request over a forwarded port; undefined while nothing listens there. */
async function request(url: string) {
  const stream = await openStream(url);
  stream.send(0, 'GET / HTTP/1.1\r\nHost: pod\r\nConnection: close\r\n\r\n');
  const answer = stream.read(0, (text) => text.includes('\r\n\r\n'));
  // Either channel begins with the number of the port.
  const refusal = stream.read(1, (text) => text.length > 2).then(() => undefined);
  const first = await Promise.race([answer, refusal]).catch(() => undefined);
  for (const other of [answer, refusal]) other.catch(() => undefined);
  if (first !== undefined) return { answer: first, stream };
  await stream.close();
  return undefined;
}
