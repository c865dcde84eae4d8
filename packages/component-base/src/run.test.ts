import assert from 'node:assert/strict';
import { silentLogger } from './logger.ts';
import { runParts } from './run.ts';
import type { Part } from './run.ts';

describe('runParts', () => {
  const record = () => {
    const log: string[] = [];
    const part = (name: string, fails = false): Part => ({
      name,
      start: async () => {
        if (fails) throw new Error(`${name} cannot start`);
        log.push(`+${name}`);
      },
      stop: async () => {
        log.push(`-${name}`);
        if (name === 'b') throw new Error('stuck');
      },
    });
    return { log, part };
  };

  it('starts in order and stops in reverse, whatever happens while stopping', async () => {
    const { log, part } = record();
    const stop = new AbortController();
    await runParts(
      [part('a'), part('b'), part('c')],
      { logger: silentLogger, signal: stop.signal },
      () => {
        log.push('ready');
        stop.abort();
      },
    );
    assert.deepEqual(log, ['+a', '+b', '+c', 'ready', '-c', '-b', '-a']);
  });

  it('stops what was started when a later part cannot start', async () => {
    const { log, part } = record();
    const { signal } = new AbortController();
    await assert.rejects(
      runParts([part('a'), part('x', true), part('c')], { logger: silentLogger, signal }),
      /x cannot start/,
    );
    assert.deepEqual(log, ['+a', '-a']);
  });
});
