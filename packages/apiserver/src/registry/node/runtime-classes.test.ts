import assert from 'node:assert/strict';
import { makeMetadata } from '@berth/api/testing';
import { runtimeClasses } from './runtime-classes.ts';

const metadata = makeMetadata('a');

describe('runtime classes', () => {
  it('keep their handler', () => {
    const problems = runtimeClasses.validateUpdate?.(
      { metadata, handler: 'b' },
      { metadata, handler: 'a' },
    );
    assert.deepEqual(
      problems?.map(({ field, detail }) => `${field}: ${detail}`),
      ['handler: Invalid value: "b": field is immutable'],
    );
  });
});
