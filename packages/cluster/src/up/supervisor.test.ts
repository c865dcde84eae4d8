import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger, systemClock } from '@berth/component-base';
import { createFakeClock } from '@berth/component-base/testing';
import { endProcess, isRunning, markProcess } from './process-table.ts';
import { supervise } from './supervisor.ts';

describe('supervise', () => {
  let dir: string;
  beforeEach(async () => (dir = await mkdtemp(join(tmpdir(), 'berth-supervisor-'))));
  afterEach(() => rm(dir, { recursive: true, force: true }));

  const start = (script: string, signal: AbortSignal, onStart: (pid: number) => void) =>
    supervise(
      { name: 'test', command: process.execPath, args: ['-e', script], logFile: join(dir, 'log') },
      { clock: systemClock, logger: silentLogger, onStart: (_, pid) => onStart(pid) },
      signal,
    );

  it('starts a program again that ended, keeps what it said, and ends it for good', async () => {
    const stop = new AbortController();
    const pids: number[] = [];
    const { done } = start('console.log("hello")', stop.signal, (pid) => {
      pids.push(pid);
      if (pids.length === 3) stop.abort();
    });
    await done;
    assert.equal(new Set(pids).size, 3);
    assert.match(await readFile(join(dir, 'log'), 'utf8'), /hello\nhello\n/);
  });

  it('makes a process end that does not when it is to start again', async () => {
    const clock = createFakeClock();
    const stop = new AbortController();
    const pids: number[] = [];
    const logFile = join(dir, 'log');
    const script =
      'process.on("SIGTERM", () => {}); console.log("up"); setInterval(() => {}, 1000)';
    const { restart, done } = supervise(
      { name: 'deaf', command: process.execPath, args: ['-e', script], logFile },
      { clock, logger: silentLogger, onStart: (_, pid) => pids.push(pid) },
      stop.signal,
    );
    const passing = async (isOver: () => Promise<boolean> | boolean) => {
      while (!(await isOver())) {
        await clock.advance(1_000);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    };
    await passing(async () => (await readFile(logFile, 'utf8')).includes('up'));
    restart();
    await passing(() => pids.length === 2);
    assert.notEqual(pids[0], pids[1]);
    stop.abort();
    let isDone = false;
    void done.then(() => (isDone = true));
    await passing(() => isDone);
  });

  it('ends a process that was marked, and no other that has its number', async () => {
    const stop = new AbortController();
    const started = new Promise<number>((resolve) => {
      void start('setInterval(() => {}, 1000)', stop.signal, resolve).done;
    });
    const mark = await markProcess(await started);
    assert.equal(await isRunning(mark), true);
    assert.equal(await isRunning({ ...mark, startTicks: mark.startTicks - 1 }), false);
    stop.abort();
    await endProcess(mark, { clock: systemClock, limitMs: 5000 });
    assert.equal(await isRunning(mark), false);
  });
});
