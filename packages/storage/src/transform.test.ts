import assert from 'node:assert/strict';
import { createFakeClock } from '@berth/component-base/testing';
import { createMemoryStorage } from './memory.ts';
import { describeStorage } from './testing/contract.ts';
import { createTransformedStorage } from './transform.ts';
import type { ValueTransform } from './transform.ts';

const flip = (bytes: Uint8Array) => bytes.map((byte) => byte ^ 0xff);
const flipped: ValueTransform = {
  seal: (_key, value) => flip(value),
  open: (_key, stored) => ({ value: flip(stored), stale: false }),
};

describeStorage('transformed memory', async (options) =>
  createTransformedStorage(createMemoryStorage(options), flipped),
);

describe('a transformed storage', () => {
  it('keeps another form, and says which values would have another form today', async () => {
    const inner = createMemoryStorage({ clock: createFakeClock() });
    const value = Buffer.from('secret');
    await createTransformedStorage(inner, flipped).create('/registry/secrets/a/b', value);
    assert.deepEqual((await inner.get('/registry/secrets/a/b')).kv?.value, flip(value));
    const later = createTransformedStorage(inner, {
      ...flipped,
      open: (_key, stored) => ({ value: flip(stored), stale: true }),
    });
    const { kv } = await later.get('/registry/secrets/a/b');
    assert.deepEqual([kv?.value, kv?.stale], [flip(flip(value)), true]);
    await inner.close();
  });
});
