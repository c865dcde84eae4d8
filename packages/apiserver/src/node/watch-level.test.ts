import assert from 'node:assert/strict';
import { StatusError } from '@berth/api';
import type { WatchEvent } from '@berth/component-base/node-protocol';
import { watchLevel } from './watch-level.ts';

const line = (type: string, object: object) => `${JSON.stringify({ type, object })}\n`;
const pod = (name: string) => ({ kind: 'Pod', metadata: { name } });
const end = { kind: 'Pod', metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } } };

async function levelOf(pieces: readonly string[]): Promise<readonly string[]> {
  const calls = {
    call: () => Promise.reject(new Error('nothing is called')),
    stream: async () =>
      (async function* () {
        for (const piece of pieces) yield Buffer.from(piece);
      })(),
  };
  const told: string[] = [];
  const signal = new AbortController().signal;
  for await (const { type, objectJson } of watchLevel(calls, '/api/v1/pods', signal))
    told.push(`${type} ${nameIn(objectJson)}`.trim());
  return told;
}

const nameIn = (json: WatchEvent['objectJson']) =>
  json.length === 0
    ? ''
    : (JSON.parse(Buffer.from(json).toString()) as ReturnType<typeof pod>).metadata.name;

describe('a level made of a watch', () => {
  const lines = [
    line('ADDED', pod('a')),
    line('BOOKMARK', end),
    line('MODIFIED', pod('a')),
    line('BOOKMARK', pod('')),
    line('DELETED', pod('b')),
  ];

  for (const [how, pieces] of [
    ['one by one', lines],
    ['together', [lines.join('')]],
    ['a few at a time', [lines.slice(0, 2).join(''), lines.slice(2).join('')]],
  ] as const)
    it(`tells what comes ${how}`, async () => {
      assert.deepEqual(await levelOf(pieces), ['PUT a', 'SYNCED', 'PUT a', 'DELETE b']);
    });

  it('throws the Status that ends a watch', async () => {
    const gone = line('ERROR', { kind: 'Status', code: 410, reason: 'Expired' });
    await assert.rejects(levelOf([lines.join('') + gone]), (err) => {
      assert.ok(err instanceof StatusError);
      assert.equal(err.status.code, 410);
      return true;
    });
  });
});
