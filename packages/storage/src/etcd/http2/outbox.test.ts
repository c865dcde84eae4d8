import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createOutbox } from './outbox.ts';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A socket that looks at what it was given only when it is told to. */
function createSlowSocket() {
  const waiting: { readonly bytes: Buffer; readonly done: () => void }[] = [];
  let seen = '';
  return {
    send: (bytes: Buffer, done: () => void) => void waiting.push({ bytes, done }),
    pending: () => waiting.length,
    drain() {
      for (const { bytes, done } of waiting.splice(0)) {
        seen += bytes.toString('latin1');
        done();
      }
      return seen;
    },
  };
}

describe('an outbox', () => {
  it('sends what is written in one turn in one piece', async () => {
    const socket = createSlowSocket();
    const outbox = createOutbox(socket.send);
    for (const text of ['a', 'b', 'c']) outbox.write(Buffer.from(text));
    assert.equal(socket.pending(), 0);
    await turn();
    assert.equal(socket.pending(), 1);
    outbox.write(Buffer.from('d'));
    outbox.flush();
    assert.equal(socket.pending(), 2);
    await turn();
    assert.equal(socket.drain(), 'abcd');
  });

  it('sends every byte once, in order, though what was written is changed and the socket is slow', async () => {
    const step = fc.oneof(
      fc.integer({ min: 0, max: 200_000 }),
      fc.constant('turn' as const),
      fc.constant('drain' as const),
    );
    const steps = fc.array(step, { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const socket = createSlowSocket();
        const outbox = createOutbox(socket.send);
        let written = '';
        for (const step of all) {
          if (step === 'turn') await turn();
          else if (step === 'drain') socket.drain();
          else {
            const bytes = Buffer.alloc(step, `${written.length},`);
            written += bytes.toString('latin1');
            outbox.write(bytes);
            bytes.fill('!');
          }
        }
        outbox.flush();
        assert.ok(socket.drain() === written);
      }),
      { numRuns: 50 },
    );
  });
});
