import assert from 'node:assert/strict';
import { createDecodedMemo } from './decoded-memo.ts';

describe('what was decoded', () => {
  const setup = () => {
    const memo = createDecodedMemo<{ readonly name: string }, string>(3);
    const made: string[] = [];
    const keys = new Map<string, { readonly name: string }>();
    const keyOf = (name: string) => {
      const key = keys.get(name) ?? { name };
      keys.set(name, key);
      return key;
    };
    const get = (...names: readonly string[]) => {
      for (const name of names) {
        const value = memo.get(keyOf(name), () => {
          made.push(name);
          return `of ${name}`;
        });
        assert.equal(value, `of ${name}`);
      }
    };
    /** What had to be made since the last call. */
    const sinceThen = () => made.splice(0).join(' ');
    return { memo, get, sinceThen, keyOf };
  };

  it('is remembered while it is recent', () => {
    const { get, sinceThen } = setup();
    get('a', 'b', 'c', 'a', 'b', 'c');
    assert.equal(sinceThen(), 'a b c');
    get('d', 'b', 'c', 'd');
    assert.equal(sinceThen(), 'd');
  });

  it('is remembered for good when somebody comes back to it', () => {
    const { get, sinceThen } = setup();
    get('a', 'b', 'c', 'd', 'e', 'f');
    get('a', 'b');
    assert.equal(sinceThen(), 'a b c d e f a b');
    get('g', 'h', 'i', 'j', 'a', 'b');
    assert.equal(sinceThen(), 'g h i j');
  });

  it('is remembered of all that is listed when it is listed again, however long that is', () => {
    const { get, sinceThen } = setup();
    const all = Array.from({ length: 10 }, (_, i) => `n${i}`);
    get(...all);
    get(...all);
    assert.equal(sinceThen(), [...all, ...all.slice(0, 7)].join(' '));
    get(...all, ...all);
    assert.equal(sinceThen(), '');
  });

  it('is remembered no longer than as recent once it is outdated', () => {
    const { memo, get, sinceThen, keyOf } = setup();
    get('a', 'b', 'c', 'd', 'a');
    memo.outdated(keyOf('a'));
    memo.outdated(keyOf('d'));
    sinceThen();
    get('d', 'a', 'a');
    assert.equal(sinceThen(), 'a');
    get('e', 'f', 'g', 'a', 'd');
    assert.equal(sinceThen(), 'e f g a d');
  });
});
