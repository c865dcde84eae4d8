import assert from 'node:assert/strict';
import {
  decodeGet,
  decodeTxn,
  decodeWatch,
  encodeGet,
  encodeTxn,
  encodeWatch,
} from './messages.ts';

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
      found: { value: Buffer.alloc(0), modRevision: 5 },
    });
  });

  it('watch all keys from a revision on', () => {
    assert.equal(hex(encodeWatch(300)), '0a0b 0a0100 120100 18ac02 3001'.replaceAll(' ', ''));
  });

  it('tell how a watch goes', () => {
    const silence = {
      created: false,
      canceled: false,
      cancelReason: '',
      compactRevision: 0,
      events: [],
    };
    const header = '0a03 18ac02';
    assert.deepEqual(decodeWatch(answer(header)), silence);
    assert.deepEqual(decodeWatch(answer(`${header} 1801`)), { ...silence, created: true });
    // A watch that was refused has the number -1.
    assert.deepEqual(decodeWatch(answer(`${header} 10ffffffffffffffffff01 2001 28ac02 32026e6f`)), {
      ...silence,
      canceled: true,
      cancelReason: 'no',
      compactRevision: 300,
    });
  });

  it('tell what was put and removed, and what was there before', () => {
    const state = { key, createRevision: 5, modRevision: 6, value: Buffer.from('v') };
    const kv = '0a016b 1005 1806 2002 2a0176';
    const [put, gone] = [`5a0e 120c ${kv}`, `5a18 0801 1206 0a016b 18ac02 1a0c ${kv}`];
    assert.deepEqual(decodeWatch(answer(`0a03 18ac02 ${put} ${gone}`)).events, [
      { type: 'put', kv: state },
      {
        type: 'delete',
        kv: { key, createRevision: 0, modRevision: 300, value: Buffer.alloc(0) },
        prev: state,
      },
    ]);
  });
});
