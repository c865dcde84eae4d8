import assert from 'node:assert/strict';
import { makePod } from '@berth/api/testing';
import { silentLogger } from '@berth/component-base';
import { GrpcError } from '@berth/component-base/grpc';
import { createFakeClock } from '@berth/component-base/testing';
import { createRecorder } from './recorder.ts';

describe('the recorder of a node', () => {
  it('tries again until it is heard, and no longer than the channel is there', async () => {
    const clock = createFakeClock();
    const channel = new AbortController();
    let isCut = true;
    const heard: (string | undefined)[] = [];
    let attempts = 0;
    const recorder = createRecorder({
      nodeName: 'n',
      clock,
      logger: silentLogger,
      signal: channel.signal,
      async send({ reason }) {
        attempts += 1;
        if (isCut) throw new Error('cut');
        heard.push(reason);
      },
    });
    recorder.event(makePod('a'), 'Normal', 'First', 'one');
    await clock.advance(500);
    isCut = false;
    await clock.advance(10_000);
    assert.deepEqual(heard, ['First']);
    isCut = true;
    recorder.event(makePod('a'), 'Normal', 'Second', 'two');
    await clock.advance(500);
    channel.abort();
    await clock.advance(0);
    assert.deepEqual([attempts, clock.pending()], [4, 0]);
  });

  it('lets what is refused hold up nothing behind it', async () => {
    const clock = createFakeClock();
    const heard: (string | undefined)[] = [];
    const recorder = createRecorder({
      nodeName: 'n',
      clock,
      logger: silentLogger,
      signal: new AbortController().signal,
      async send({ reason }) {
        heard.push(reason);
        if (reason === 'Last') return;
        throw new GrpcError('PERMISSION_DENIED', 'the namespace is being terminated');
      },
    });
    const refused = ['A', 'B', 'C', 'D', 'E'];
    for (const reason of [...refused, 'Last']) {
      recorder.event(makePod('a'), 'Normal', reason, 'words');
    }
    await clock.advance(500);
    assert.deepEqual([heard.sort(), clock.pending()], [[...refused, 'Last'], 0]);
  });
});
