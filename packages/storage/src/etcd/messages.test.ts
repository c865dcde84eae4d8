import assert from 'node:assert/strict';
import { decodeGet, decodeTxn, encodeGet, encodeTxn } from './messages.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const answer = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

describe("messages of etcd's KV service", () => {
  const key = Buffer.from('k');

  it('ask for one key', () => {
    assert.equal(hex(encodeGet(key)), '0a016b');
  });

  it('put a value where the key is at a revision, and hang it on a lease', () => {
    const value = Buffer.from('v');
    assert.equal(hex(encodeTxn(key, 300, { value })), '0a0810021a016b30ac02120812060a016b120176');
    // Ids of leases use all 63 bits.
    const lease = '9223372036854775807';
    assert.equal(
      hex(encodeTxn(key, 0, { value, lease })),
      '0a0710021a016b3000121212100a016b12017618ffffffffffffffff7f',
    );
  });

  it('remove a key', () => {
    assert.equal(
      hex(encodeTxn(key, 1, undefined)),
      '0a0710021a016b3001 1205 1a030a016b'.replaceAll(' ', ''),
    );
  });

  it('tell whether a transaction was made, and when', () => {
    // A header with ids of cluster and member beyond the safe integers.
    const header = '0a19 08ffffffffffffffffff01 10ffffffffffffffffff01';
    assert.deepEqual(decodeTxn(answer('0a05 18ac02 2002 1001')), {
      revision: 300,
      succeeded: true,
    });
    assert.deepEqual(decodeTxn(answer(`${header} 18ac02`)), {
      revision: 300,
      succeeded: false,
    });
  });

  it('tell what a key holds, be it nothing or an empty value', () => {
    assert.deepEqual(decodeGet(answer('0a03 18ac02')), { revision: 300 });
    const kv = '120b 0a016b 1805 2a0476616c75';
    assert.deepEqual(decodeGet(answer(`0a03 18ac02 ${kv} 2001`)), {
      revision: 300,
      found: { value: Buffer.from('valu'), modRevision: 5 },
    });
    assert.deepEqual(decodeGet(answer('0a03 18ac02 1205 0a016b 1805')), {
      revision: 300,
      found: { value: new Uint8Array(), modRevision: 5 },
    });
  });
});
