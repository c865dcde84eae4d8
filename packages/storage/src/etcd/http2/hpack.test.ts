import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createHeaderReader, decodeHeaders, encodeHeaders } from './hpack.ts';

const decode = (hex: string) => [...decodeHeaders(Buffer.from(hex, 'hex'))];
const latin1 = fc.string({
  unit: fc.integer({ min: 0, max: 0x7f }).map((c) => String.fromCharCode(c)),
});

describe('blocks of headers', () => {
  it('bring what was put into them', () => {
    fc.assert(
      fc.property(fc.dictionary(latin1, latin1), (headers) => {
        const entries = Object.entries(headers);
        assert.deepEqual([...decodeHeaders(encodeHeaders(entries))], entries);
      }),
    );
  });

  it('are read in all forms that RFC 7541 has for them', () => {
    assert.deepEqual(decode('82'), [[':method', 'GET']]);
    assert.deepEqual(decode('040c2f73616d706c652f70617468'), [[':path', '/sample/path']]);
    const custom = [['custom-key', 'custom-header']];
    assert.deepEqual(decode('400a637573746f6d2d6b65790d637573746f6d2d686561646572'), custom);
    assert.deepEqual(decode('100870617373776f726406736563726574'), [['password', 'secret']]);
    assert.deepEqual(decode('2088'), [[':status', '200']]);
    assert.deepEqual(decode('488264025885aec3771a4b'), [
      [':status', '302'],
      ['cache-control', 'private'],
    ]);
  });

  it('know the whole static table', () => {
    assert.deepEqual(decode('bd'), [['www-authenticate', '']]);
    assert.deepEqual(decode('9f'), [['content-type', '']]);
    assert.deepEqual(decode('8e'), [[':status', '500']]);
  });

  it('may not lean on a table that there is not, be cut short, or be endless', () => {
    for (const hex of [
      'be',
      '80',
      '7f0001',
      '8820',
      '21',
      '3fe11f',
      '40',
      '4003',
      '0f',
      '7fffffffffff0f',
    ])
      assert.throws(() => decode(hex), Error, hex);
  });

  it('are read or refused, whatever comes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (block) => {
        try {
          decodeHeaders(block);
        } catch (err) {
          assert.match(String(err), /^Error: /);
        }
      }),
    );
  });

  it('are the same when they are known again', () => {
    const read = createHeaderReader();
    fc.assert(
      fc.property(
        fc.dictionary(latin1, latin1),
        fc.integer({ min: 1, max: 3 }),
        (headers, times) => {
          const block = encodeHeaders(Object.entries(headers));
          for (let i = 0; i < times; i += 1)
            assert.deepEqual([...read(block)], Object.entries(headers));
        },
      ),
    );
  });
});
