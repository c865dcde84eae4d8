import assert from 'node:assert/strict';
import { firstAddress } from './service-range.ts';

describe('firstAddress', () => {
  it('is the one after the network', () => {
    assert.equal(firstAddress('10.96.0.0/12'), '10.96.0.1');
    assert.equal(firstAddress('192.168.255.17/30'), '192.168.255.17');
    assert.equal(firstAddress('10.100.7.9/12'), '10.96.0.1');
  });

  it('refuses what is no such range', () => {
    for (const text of ['10.96.0.0', '10.96.0.0/31', '10.96.0.0/x', 'fd00::/112', '010.1.1.1/16']) {
      assert.throws(() => firstAddress(text), /is not an IPv4 range/, text);
    }
  });
});
