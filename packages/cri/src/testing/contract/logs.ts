import assert from 'node:assert/strict';
import { readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import { makeSandbox, runPod } from './pods.ts';
import type { ContractImages, RuntimeUnderTest } from './runtime-under-test.ts';

const linePattern = /^(\S+) (stdout|stderr) ([FP]) (.*)$/;

export function describeLogs(open: () => RuntimeUnderTest, { image }: ContractImages): void {
  const newPod = () => runPod(open().cri, makeSandbox(open()), image);

  describe('logs', () => {
    it('writes a line with its time, its stream and whether it is whole', async () => {
      const pod = await newPod();
      const script = 'echo one; echo two >&2; echo "  three"';
      await pod.ended(await pod.run({ command: ['sh', '-c', script] }));
      const lines = parse(await readFile(join(pod.config.logDirectory, 'main/0.log'), 'utf8'));
      const of = (stream: string) =>
        lines.filter((line) => line.stream === stream).map(({ message }) => message);
      assert.deepEqual(of('stdout'), ['one', '  three']);
      assert.deepEqual(of('stderr'), ['two']);
      for (const { time, tag } of lines) {
        assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,9}(Z|[+-]\d\d:\d\d)$/);
        assert.equal(tag, 'F');
      }
    });

    it('writes into a new file after it was asked to', async () => {
      const { runtime } = open().cri;
      const pod = await newPod();
      const command = [
        'sh',
        '-c',
        'echo before; trap "echo after; exit 0" TERM; sleep 3600 & wait',
      ];
      const id = await pod.run({ command });
      const file = join(pod.config.logDirectory, 'main/0.log');
      await eventually(async () => (await readFile(file, 'utf8')).includes('before') || undefined);
      await rename(file, `${file}.old`);
      await runtime.reopenContainerLog(id);
      await runtime.stopContainer(id, 30);
      await pod.ended(id);
      // The last words of a container may be written down after its end is known.
      const text = await eventually(
        async () => (await readFile(file, 'utf8').catch(() => '')) || undefined,
      );
      assert.deepEqual(
        parse(text).map(({ message }) => message),
        ['after'],
      );
    });
  });
}

const parse = (log: string) =>
  log
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [, time = '', stream = '', tag = '', message = ''] = linePattern.exec(line) ?? [];
      return { time, stream, tag, message };
    });
