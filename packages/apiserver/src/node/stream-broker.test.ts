import assert from 'node:assert/strict';
import { isDeepEqual, StatusError } from '@berth/api';
import { createFakeClock } from '@berth/component-base/testing';
import type { Frame, StreamRequest } from '@berth/component-base/node-protocol';
import { createStreamBroker } from './stream-broker.ts';

const wanted = { namespace: 'default', pod: 'p', podUid: 'u', container: 'c' };
const stdout = (text: string): Frame => ({
  channel: 'STDOUT',
  data: new TextEncoder().encode(text),
  end: false,
});
const unavailable = (err: unknown) => err instanceof StatusError && err.status.code === 503;

describe('stream broker', () => {
  const start = () => {
    const clock = createFakeClock();
    let ids = 0;
    const broker = createStreamBroker({ clock, newId: () => `s${++ids}` });
    const gone = new AbortController();
    const requests = broker.wanted('a', gone.signal)[Symbol.asyncIterator]();
    const asked = async (): Promise<StreamRequest> => (await first).value as StreamRequest;
    const first = requests.next();
    return { clock, broker, gone, asked };
  };
  async function* sending(...frames: Frame[]): AsyncIterable<Frame> {
    yield* frames;
  }

  it('brings who wants a stream and the node together', async () => {
    const { broker, asked } = start();
    const { signal } = new AbortController();
    const opening = broker.open('a', wanted, signal);
    const request = await asked();
    assert.ok(isDeepEqual(request, { ...wanted, id: 's1' }));
    const toNode = broker.carry('a', 's1', sending(stdout('x')));
    const stream = await opening;
    const got: Frame[] = [];
    await stream.send(stdout('typed'));
    for await (const frame of stream.frames) got.push(frame);
    assert.deepEqual(got, [stdout('x')]);
    const atNode: Frame[] = [];
    for await (const frame of toNode ?? []) atNode.push(frame);
    assert.deepEqual(atNode, [stdout('typed')]);
  });

  it('gives a stream to nobody but the node that was asked', async () => {
    const { broker, asked, clock } = start();
    const opening = broker.open('a', wanted, new AbortController().signal);
    const { id } = await asked();
    assert.equal(broker.carry('b', id, sending()), undefined);
    assert.equal(broker.carry('a', 'guess', sending()), undefined);
    const refused = assert.rejects(opening, unavailable);
    await clock.advance(10_000);
    await refused;
    assert.equal(broker.carry('a', id, sending()), undefined);
    assert.equal(clock.pending(), 0);
  });

  it('knows which nodes are there', async () => {
    const { broker, gone } = start();
    const { signal } = new AbortController();
    await assert.rejects(broker.open('b', wanted, signal), unavailable);
    await assert.rejects(broker.mustReach('b'), unavailable);
    await broker.mustReach('a');
    gone.abort();
    await new Promise((resolve) => setImmediate(resolve));
    await assert.rejects(broker.mustReach('a'), unavailable);
  });
});
