import assert from 'node:assert/strict';
import { makeDeployment, makePod } from '@berth/api/testing';
import { UsageError } from './usage-error.ts';
import { holds, parseCondition } from './wait-condition.ts';

const available = (status: string, observedGeneration: number) =>
  makeDeployment(
    'web',
    {},
    {
      metadata: { generation: 2 },
      status: { observedGeneration, conditions: [{ type: 'Available', status }] },
    },
  );

describe('wait conditions', () => {
  const is = (text: string, object: Parameters<typeof holds>[1]) =>
    holds(parseCondition(text), object);

  it('know deletion and creation', () => {
    assert.deepEqual(
      [is('delete', undefined), is('delete', makePod('a')), is('create', undefined)],
      [true, false, false],
    );
    assert.equal(is('create', makePod('a')), true);
  });

  it('compare conditions whatever their case, and only current ones', () => {
    assert.equal(is('condition=available', available('True', 2)), true);
    assert.equal(is('condition=Available=false', available('False', 2)), true);
    assert.equal(is('condition=Available', available('False', 2)), false);
    assert.equal(is('condition=Available', available('True', 1)), false);
  });

  it('compare what a path finds', () => {
    const pod = makePod('a', {}, { status: { phase: 'Running' } });
    assert.equal(is("jsonpath='{.status.phase}'=Running", pod), true);
    assert.equal(is('jsonpath={.status.phase}=Pending', pod), false);
    assert.equal(is('jsonpath={.status.podIP}', pod), false);
    assert.equal(is('jsonpath={.status.phase}', pod), true);
  });

  it('refuse what they do not know', () => {
    for (const text of [undefined, '', 'ready', 'condition=']) {
      assert.throws(() => parseCondition(text), UsageError);
    }
  });
});
