import assert from 'node:assert/strict';
import { appendFile, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

import { silentLogger, systemClock } from '@berth/component-base';
import { createFakeClock } from '@berth/component-base/testing';

import { parseLogLine, splitLines } from './log-format.ts';
import { readLog } from './log-reader.ts';
import { rotateLog } from './log-rotation.ts';
import { createFakeCri, makePod, startAgent } from './testing/index.ts';

const line = (text: string, second = 0, tag = 'F') =>
  `2026-01-01T00:00:0${second}.000000001Z stdout ${tag} ${text}\n`;

let dir: string;
let path: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'berth-logs-'));
  path = join(dir, '0.log');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

describe('log lines', () => {
  const parse = (text: string) => parseLogLine(Buffer.from(text));

  it('have a time, a stream, tags and a text', () => {
    const parsed = parse('2026-01-01T00:00:00Z stderr P:x some text ');
    assert.equal(Buffer.from(parsed?.text ?? []).toString(), 'some text ');
    assert.deepEqual(
      [parsed?.time, parsed?.stream, parsed?.partial],
      ['2026-01-01T00:00:00Z', 'stderr', true],
    );
    assert.equal(parse('2026-01-01T00:00:00Z stdout F ')?.text.length, 0);
  });

  it('are nothing else', () => {
    for (const bad of ['', 'x', 'a b', 't stdin F x', '\0\0\0 ', 't stdout F']) {
      assert.equal(parse(bad), undefined);
    }
  });

  it('are cut at their ends', () => {
    const { lines, rest } = splitLines(Buffer.from('a\n\nb'));
    assert.deepEqual(
      [...lines, rest].map((part) => Buffer.from(part).toString()),
      ['a', '', 'b'],
    );
  });
});

describe('readLog', () => {
  const plain = { follow: false, timestamps: false };
  const never = new AbortController().signal;
  let isRunning = true;
  const reader = { clock: systemClock, isRunning: async () => isRunning };
  const read = async (options: object = {}, signal = never) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of readLog(path, { ...plain, ...options }, reader, signal)) {
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString('utf8');
  };

  it('takes the runtime’s words off', async () => {
    await writeFile(path, line('one') + line('tw', 1, 'P') + line('o', 1) + 'broken\n');
    assert.equal(await read(), 'one\ntwo\n');
    assert.equal(
      await read({ timestamps: true, tailLines: 3 }),
      '2026-01-01T00:00:01.000000001Z two\n',
    );
  });

  it('begins where it is asked to', async () => {
    await writeFile(path, [0, 1, 2, 3].map((n) => line(`line ${n}`, n)).join(''));
    assert.equal(await read({ tailLines: 2 }), 'line 2\nline 3\n');
    assert.equal(await read({ tailLines: 0 }), '');
    assert.equal(await read({ tailLines: 9 }), 'line 0\nline 1\nline 2\nline 3\n');
    assert.equal(await read({ sinceMs: Date.parse('2026-01-01T00:00:03Z') }), 'line 3\n');
    assert.equal(await read({ limitBytes: 9 }), 'line 0\nli');
  });

  it('finds the last lines of a large file', async () => {
    const many = Array.from({ length: 20_000 }, (_, n) => line(`${n}`));
    await writeFile(path, many.join(''));
    const tail = await read({ tailLines: 10_000 });
    assert.ok(tail.startsWith('10000\n') && tail.endsWith('19999\n'));
    assert.equal((await read()).split('\n').length, 20_001);
  });

  it('follows a log, through a rotation, to the end of its container', async () => {
    await writeFile(path, line('before'));
    isRunning = true;
    const seen: string[] = [];
    const following = (async () => {
      for await (const chunk of readLog(path, { ...plain, follow: true }, reader, never)) {
        seen.push(Buffer.from(chunk).toString('utf8').trim());
      }
    })();
    const arrived = async (text: string) => {
      for (let i = 0; i < 500 && !seen.includes(text); i += 1) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      assert.ok(seen.includes(text), `${text} did not arrive`);
    };
    await arrived('before');
    await appendFile(path, line('half').slice(0, 40));
    await appendFile(path, line('half').slice(40));
    await arrived('half');
    await rename(path, `${path}.old`);
    await writeFile(path, line('after'));
    await arrived('after');
    isRunning = false;
    await following;
    assert.deepEqual(seen, ['before', 'half', 'after']);
  });

  it('stops when nobody listens any more', async () => {
    await writeFile(path, line('x'));
    isRunning = true;
    assert.equal(await read({ follow: true }, AbortSignal.timeout(50)), 'x\n');
  });
});

describe('rotateLog', () => {
  const clock = createFakeClock();

  it('moves a long log aside, keeps a few and compresses them', async () => {
    const cri = createFakeCri(clock);
    const runtime = {
      ...cri.runtime,
      containerStatus: async () => ({ logPath: path }) as never,
      reopenContainerLog: async () => writeFile(path, ''),
    };
    const options = { runtime, clock, logger: silentLogger, maxBytes: 100, maxFiles: 3 };
    await writeFile(path, 'short');
    await rotateLog(options, 'id');
    assert.deepEqual(await readdir(dir), ['0.log']);
    for (let i = 0; i < 5; i += 1) {
      await writeFile(path, `${i}`.repeat(200));
      await clock.advance(1000);
      await rotateLog(options, 'id');
    }
    const names = (await readdir(dir)).sort();
    assert.deepEqual(names, ['0.log', '0.log.20260101-000004.gz', '0.log.20260101-000005']);
    const kept = await readFile(join(dir, names[1]!));
    assert.equal(gunzipSync(kept).toString(), '3'.repeat(200));
    assert.equal(await readFile(join(dir, names[2]!), 'utf8'), '4'.repeat(200));
  });

  it('puts the log back when the runtime does not let go of it', async () => {
    const cri = createFakeCri(clock);
    const runtime = {
      ...cri.runtime,
      containerStatus: async () => ({ logPath: path }) as never,
      reopenContainerLog: async () => Promise.reject(new Error('no')),
    };
    await writeFile(path, 'x'.repeat(200));
    const options = { runtime, clock, logger: silentLogger, maxBytes: 100, maxFiles: 3 };
    await assert.rejects(rotateLog(options, 'id'));
    assert.deepEqual(await readdir(dir), ['0.log']);
  });
});

describe('logs of a node', () => {
  const options = { follow: false, previous: false, timestamps: false };
  const target = { namespace: 'default', pod: 'a', uid: '', container: 'c' };

  it('say why there are none', async () => {
    const agent = await startAgent();
    const read = async (over: object, previous = false) => {
      const { signal } = new AbortController();
      const stream = agent.controlPlane
        .streams()
        .logs({ ...target, ...over }, { ...options, previous }, signal);
      for await (const _chunk of stream) assert.fail('there is a log');
    };
    try {
      await assert.rejects(read({}), { message: 'pods "a" not found' });
      const image = { name: 'c', image: 'none', imagePullPolicy: 'Never' };
      agent.controlPlane.pods.put(makePod({ spec: { containers: [image] } }));
      await agent.settle();
      await assert.rejects(read({}), {
        message: 'container "c" in pod "a" is waiting to start: ErrImageNeverPull',
      });
      await assert.rejects(read({ container: 'x' }), {
        message: 'container x is not valid for pod a',
      });
      await assert.rejects(read({}, true), {
        message: 'previous terminated container "c" in pod "a" not found',
      });
      await assert.rejects(read({ uid: 'other' }), { message: 'pods "a" not found' });
    } finally {
      await agent.stop();
    }
  });
});
