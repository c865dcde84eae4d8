import assert from 'node:assert/strict';
import type { ApiResponse } from '@berth/api';
import { inTheirTurn } from './in-their-turn.ts';

const request = { method: 'GET', path: '/api/v1/pods?watch=1', headers: {} };
const respond = (body: ApiResponse['body']) => async () => ({ status: 200, headers: {}, body });

async function read(body: ApiResponse['body'], onPiece: (text: string) => void) {
  for await (const piece of body) onPiece(Buffer.from(piece).toString());
}

describe('a transport whose watches are read in their turn', () => {
  it('lets others who were told at the same time go first', async () => {
    const order: string[] = [];
    const pieces = async function* () {
      yield Buffer.from('a');
      yield Buffer.from('b');
    };
    const { body } = await inTheirTurn(respond(pieces()))(request);
    const reading = read(body, (text) => order.push(text));
    setImmediate(() => order.push('others'));
    await reading;
    assert.deepEqual(order, ['others', 'a', 'b']);
  });

  it('gives whole answers as they are', async () => {
    const body = { bytes: Buffer.from('{}'), async *[Symbol.asyncIterator]() {} };
    const response = await inTheirTurn(respond(body))(request);
    assert.equal(response.body, body);
  });

  it('ends the watch when its reader leaves', async () => {
    let hasEnded = false;
    const pieces = async function* () {
      try {
        for (;;) yield Buffer.from('a');
      } finally {
        hasEnded = true;
      }
    };
    const { body } = await inTheirTurn(respond(pieces()))(request);
    for await (const _ of body) break;
    assert.ok(hasEnded);
  });
});
