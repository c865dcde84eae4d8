import assert from 'node:assert/strict';
import { createAddressPool } from './addresses.ts';

describe('pod addresses', () => {
  it('leaves out the network, its gateway and the broadcast address', () => {
    const pool = createAddressPool('10.1.2.0/29');
    const all = Array.from({ length: 5 }, () => pool.take());
    assert.deepEqual(all, ['10.1.2.2', '10.1.2.3', '10.1.2.4', '10.1.2.5', '10.1.2.6']);
    assert.throws(() => pool.take(), /no IP addresses available/);
  });

  it('uses an address again as late as it can', () => {
    const pool = createAddressPool('10.1.2.0/29');
    const first = pool.take();
    pool.give(first);
    assert.equal(pool.take(), '10.1.2.3');
    for (let left = 3; left > 0; left--) pool.take();
    assert.equal(pool.take(), first);
  });

  it('refuses what is no range of pods', () => {
    for (const cidr of ['10.0.0.0', '10.0.0.0/31', 'fd00::/64', '']) {
      assert.throws(() => createAddressPool(cidr));
    }
  });
});
