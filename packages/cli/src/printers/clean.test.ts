import assert from 'node:assert/strict';
import fc from 'fast-check';
import { cleanCell, cleanText } from './clean.ts';

describe('cleanText', () => {
  it('takes away whole sequences and single control characters', () => {
    assert.equal(cleanText('\u001b[31mred\u001b[0m'), 'red');
    assert.equal(cleanText('\u001b]0;title\u0007after'), 'after');
    assert.equal(cleanText('\u001b]8;;http://x\u001b\\link'), 'link');
    assert.equal(cleanText('a\u009b31mb\u0007\r\u0000c'), 'a31mbc');
    assert.equal(cleanText('a\u001b'), 'a');
  });

  it('keeps tabs, line breaks and every other text', () => {
    assert.equal(cleanText('a\tb\nü🙂'), 'a\tb\nü🙂');
  });

  it('never lets a control character through', () => {
    const text = fc.string({
      unit: fc.constantFrom('\u001b', '[', ']', '\u0007', '\\', 'm', '1', '\u009b'),
    });
    fc.assert(fc.property(text, (value) => !/\p{Cc}/u.test(cleanText(value))));
  });
});

describe('cleanCell', () => {
  it('has one line', () => {
    assert.equal(cleanCell('first\nsecond'), 'first...');
    assert.equal(cleanCell('a\tb'), 'a b');
  });
});
