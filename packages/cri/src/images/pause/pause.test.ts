import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../../testing/contract/eventually.ts';
import { assemble, quad } from './assemble.ts';
import { pauseExecutable } from './pause.ts';

describe('pause', () => {
  let dir = '';
  let file = '';
  let running: ChildProcess | undefined;
  afterEach(() => running?.kill('SIGKILL'));
  before(async function () {
    if (process.platform !== 'linux' || !['x64', 'arm64'].includes(process.arch)) this.skip();
    dir = await mkdtemp(join(tmpdir(), 'berth-pause-'));
    file = join(dir, 'pause');
    const machine = process.arch === 'arm64' ? 'aarch64' : 'x86-64';
    await writeFile(file, pauseExecutable(machine), { mode: 0o755 });
  });
  after(() => rm(dir, { recursive: true, force: true }));

  async function start(command: string, args: readonly string[] = []) {
    const child = spawn(command, args);
    running = child;
    const exited = once(child, 'exit');
    await once(child, 'spawn');
    await eventually(async () => ((await isWaiting(child.pid!)) ? true : undefined));
    return { child, exited };
  }

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`ends with 0 on ${signal}`, async () => {
      const { child, exited } = await start(file);
      child.kill(signal);
      assert.deepEqual(await exited, [0, null]);
    });
  }

  it('goes on after it was stopped', async () => {
    const { child, exited } = await start(file);
    child.kill('SIGSTOP');
    await eventually(async () => (await stateOf(child.pid!)) === 'T' || undefined);
    child.kill('SIGCONT');
    await eventually(async () => (await isWaiting(child.pid!)) || undefined);
    child.kill('SIGTERM');
    assert.deepEqual(await exited, [0, null]);
  });

  it('leaves no zombie of a child it never asked for', async () => {
    // What the shell starts becomes the program's child, since exec keeps the process.
    const { child, exited } = await start('sh', ['-c', `sleep 0.05 & exec ${file}`]);
    const children = () => readFile(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8');
    await eventually(async () => ((await children()) === '' ? true : undefined));
    child.kill('SIGTERM');
    assert.deepEqual(await exited, [0, null]);
  });

  it('means the same on aarch64, word for word', () => {
    const code = Buffer.from(pauseExecutable('aarch64')).subarray(120);
    // As a disassembler reads them, with the system call numbers of that machine.
    const words = [
      ...['d28010c8', 'd2800220', '100002c1', 'd2800002', 'd2800103', 'd4000001'],
      ...['d28010e8', 'd2800000', '10000301', 'd2800002', 'd2800103', 'd4000001'],
      ...['d2801128', '10000260', 'd2800001', 'd2800002', 'd2800103', 'd4000001', 'b7ffff40'],
      ...['d2800bc8', 'd2800000', 'd4000001', 'd503201f', 'd503201f'],
    ];
    assert.deepEqual(
      words.map((_, at) => code.readUInt32LE(4 * at).toString(16)),
      words,
    );
    assert.deepEqual(
      [0, 1, 2, 3, 4].map((at) => code.readBigUInt64LE(4 * words.length + 8 * at)),
      [1n, 2n, 0n, 0n, 0x4002n],
    );
  });

  it('refuses a program that does not fit together', () => {
    const row = { text: 'nop', size: 2, encode: () => [0x90] };
    assert.throws(() => assemble([row]), /nop: 1 bytes/);
    const jump = {
      text: 'jmp',
      size: 1,
      encode: (_: number, of: (l: string) => number) => [of('x')],
    };
    assert.throws(() => assemble([jump]), /no label x/);
    assert.deepEqual([...assemble([quad(258, 'data')])], [2, 1, 0, 0, 0, 0, 0, 0]);
  });
});

/** `/proc/PID/stat` gives the state after the command's name. */
const stateOf = async (pid: number) =>
  (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /, '')[0];

/** In its loop: asleep, after it began to ignore SIGCHLD (number 17). */
async function isWaiting(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const ignored = Number.parseInt(/^SigIgn:\t(\w+)$/m.exec(status)?.[1] ?? '0', 16);
  return /^State:\tS/m.test(status) && (ignored & (1 << 16)) !== 0;
}
