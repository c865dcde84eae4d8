import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { Lifetime, lifetimeWithin } from './lifetime.ts';

describe('a lifetime', () => {
  it('tells whoever listens of its end, once', () => {
    const lifetime = new Lifetime();
    const told: string[] = [];
    lifetime.onEnd(() => told.push('a'));
    const forget = lifetime.onEnd(() => told.push('b'));
    forget();
    assert.equal(lifetime.isOver, false);
    lifetime.end();
    lifetime.end();
    assert.ok(lifetime.isOver);
    assert.deepEqual(told, ['a']);
  });

  it('tells at once whoever comes too late', () => {
    const lifetime = new Lifetime();
    lifetime.end();
    let told = 0;
    lifetime.onEnd(() => told++)();
    assert.equal(told, 1);
    assert.throws(() => lifetime.throwIfOver(), { name: 'AbortError' });
  });

  it('has one signal, whether it is asked for before the end or after', () => {
    const early = new Lifetime();
    const { signal } = early;
    assert.equal(early.signal, signal);
    assert.doesNotThrow(() => early.throwIfOver());
    early.end();
    assert.ok(signal.aborted);
    assert.equal(early.signal, signal);
    const late = new Lifetime();
    late.end();
    assert.ok(late.signal.aborted);
  });

  it('ends with any of several signals, until they are forgotten', () => {
    const [one, other] = [new AbortController(), new AbortController()];
    const { lifetime, release } = lifetimeWithin(one.signal, other.signal);
    release();
    one.abort();
    assert.equal(lifetime.isOver, false);
    assert.ok(lifetimeWithin(one.signal, other.signal).lifetime.isOver);
    const second = lifetimeWithin(other.signal);
    other.abort();
    assert.ok(second.lifetime.isOver);
  });

  it('leaves nothing at the other signals when one of them ends it, or has before', () => {
    const [one, other] = [new AbortController(), new AbortController()];
    lifetimeWithin(one.signal, other.signal);
    one.abort();
    lifetimeWithin(one.signal, other.signal);
    assert.deepEqual(getEventListeners(other.signal, 'abort'), []);
  });
});
