import assert from 'node:assert/strict';
import type { FieldError, PriorityClass } from '@berth/api';
import { makeMetadata } from '@berth/api/testing';
import { priorityClasses } from './priority-classes.ts';

const texts = (errors: readonly FieldError[] = []) =>
  errors.map(({ field, detail }) => `${field}: ${detail}`);
const classOf = (name: string, rest: Partial<PriorityClass> = {}): PriorityClass => {
  const object = { metadata: makeMetadata(name), ...rest };
  return priorityClasses.defaults?.(object) ?? object;
};
const reserved =
  "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. error: ";

describe('priority classes', () => {
  const cases: readonly (readonly [PriorityClass, ...(readonly string[])])[] = [
    [classOf('high', { value: 1_000_000_000 })],
    [
      classOf('higher', { value: 1_000_000_001 }),
      'value: Forbidden: maximum allowed value of a user defined priority is 1000000000',
    ],
    [classOf('system-mine'), `${reserved}system-mine is not a known system priority class`],
    [
      classOf('system-node-critical', { value: 1 }),
      `${reserved}value of system-node-critical PriorityClass must be 2000001000`,
    ],
    [classOf('system-node-critical', { value: 2_000_001_000 })],
    [
      classOf('a', { preemptionPolicy: 'Always' }),
      'preemptionPolicy: Unsupported value: "Always": supported values: "PreemptLowerPriority", "Never"',
    ],
  ];
  for (const [object, ...expected] of cases) {
    it(`${expected.length ? 'refuse' : 'take'} ${object.metadata.name} ${object.value ?? 0}`, () => {
      assert.deepEqual(texts(priorityClasses.validate?.(object)), expected);
    });
  }

  it('keep their value and whether they preempt', () => {
    const changed = classOf('a', { value: 2, preemptionPolicy: 'Never' });
    assert.deepEqual(texts(priorityClasses.validateUpdate?.(changed, classOf('a', { value: 1 }))), [
      'value: Forbidden: may not be changed in an update.',
      'preemptionPolicy: Invalid value: "Never": field is immutable',
    ]);
  });
});
