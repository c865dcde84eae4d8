import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFakeClock } from '@berth/component-base/testing';
import { createLogFile } from './log-file.ts';

describe('log file', () => {
  let dir = '';
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'berth-log-'));
  });
  afterEach(() => rm(dir, { recursive: true }));

  const open = () =>
    createLogFile(join(dir, 'deep/0.log'), createFakeClock(), (err) => assert.fail(String(err)));
  const written = async () => (await readFile(join(dir, 'deep/0.log'), 'utf8')).split('\n');
  const time = '2026-01-01T00:00:00.000000000Z';

  it('is there before anything is said', async () => {
    await (await open()).end();
    assert.deepEqual(await written(), ['']);
  });

  it('puts lines together from pieces, each stream for itself', async () => {
    const log = await open();
    log.write('stdout', Buffer.from('on'));
    log.write('stderr', Buffer.from('oops\n'));
    log.write('stdout', Buffer.from('e\ntwo\nrest'));
    await log.end();
    assert.deepEqual(await written(), [
      `${time} stderr F oops`,
      `${time} stdout F one`,
      `${time} stdout F two`,
      `${time} stdout F rest`,
      '',
    ]);
  });

  it('goes on after a pause', async () => {
    const log = await open();
    log.write('stdout', Buffer.from('unfinished'));
    await new Promise(setImmediate);
    log.write('stdout', Buffer.from(' line\n'));
    await log.end();
    assert.deepEqual(await written(), [`${time} stdout F unfinished line`, '']);
  });

  it('writes a very long line in parts', async () => {
    const log = await open();
    log.write('stdout', Buffer.from(`${'x'.repeat(40_000)}\n`));
    await log.end();
    const lines = await written();
    assert.deepEqual(
      lines.map((line) => line.split(' ')[2]),
      ['P', 'P', 'F', undefined],
    );
    assert.equal(lines.map((line) => line.split(' ')[3] ?? '').join('').length, 40_000);
  });
});
