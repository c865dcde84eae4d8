import assert from 'node:assert/strict';
import { decodeHuffman } from './huffman.ts';

const decode = (hex: string) => decodeHuffman(Buffer.from(hex, 'hex')).toString('latin1');

const lastCodes = [
  [0x9, 5, 0x74],
  [0x2d, 6, 0x75],
  [0x7b, 7, 0x7a],
  [0xfd, 8, 0x5a],
  [0x3fc, 10, 0x3f],
  [0x7fc, 11, 0x7c],
  [0xffb, 12, 0x3e],
  [0x1ffd, 13, 0x7e],
  [0x3ffd, 14, 0x7d],
  [0x7ffe, 15, 0x7b],
  [0x7fff2, 19, 208],
  [0xfffed, 20, 226],
  [0x1fffe8, 21, 230],
  [0x3fffeb, 22, 233],
  [0x7ffff4, 23, 239],
  [0xfffff5, 24, 237],
  [0x1ffffef, 25, 235],
  [0x3ffffee, 26, 255],
  [0x7fffff0, 27, 254],
  [0xffffffe, 28, 249],
  [0x3ffffffe, 30, 22],
] as const;

describe("HPACK's Huffman code", () => {
  it('is that of RFC 7541', () => {
    for (const [hex, text] of [
      ['', ''],
      ['f1e3c2e5f23a6ba0ab90f4ff', 'www.example.com'],
      ['a8eb10649cbf', 'no-cache'],
      ['25a849e95ba97d7f', 'custom-key'],
      ['6402', '302'],
      ['d07abe941054d444a8200595040b8166e082a62d1bff', 'Mon, 21 Oct 2013 20:13:21 GMT'],
    ])
      assert.equal(decode(hex!), text);
  });

  it('has the last codes of each length where the RFC has them', () => {
    for (const [code, bits, symbol] of lastCodes) {
      const spare = (8 - (bits % 8)) % 8;
      const padded = code * 2 ** spare + 2 ** spare - 1;
      const bytes = Buffer.alloc((bits + spare) / 8);
      bytes.writeUIntBE(padded, 0, bytes.length);
      assert.deepEqual([...decodeHuffman(bytes)], [symbol]);
    }
  });

  it('is filled up with ones, and with less than a byte of them', () => {
    assert.equal(decode('07'), '0');
    for (const hex of ['00', '06', 'ff', '07ff', '6402ff'])
      assert.throws(() => decode(hex), /padded/, hex);
  });

  it('never ends in the middle, with the code that says so', () => {
    assert.throws(() => decode('ffffffff'), Error);
    assert.throws(() => decode('fffffffcff'), Error);
  });
});
