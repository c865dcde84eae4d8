import assert from 'node:assert/strict';
import { mustBeProxyable } from './proxyable.ts';

describe('addresses that a proxy may reach', () => {
  for (const ip of ['10.1.2.3', '192.168.0.1', '8.8.8.8', 'fd00::1', '2001:db8::1']) {
    it(`takes ${ip}`, () => mustBeProxyable(ip));
  }
  for (const ip of [
    ...['', 'localhost', '0.0.0.0', '127.0.0.1', '127.8.8.8', '169.254.169.254', '224.0.0.1'],
    ...['::', '::1', 'fe80::1', 'ff02::1', '::ffff:127.0.0.1', '::ffff:169.254.169.254'],
  ]) {
    it(`refuses ${JSON.stringify(ip)}`, () => {
      assert.throws(() => mustBeProxyable(ip), /address not allowed/);
    });
  }
});
