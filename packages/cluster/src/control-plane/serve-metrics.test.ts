import assert from 'node:assert/strict';
import { parseAddress } from './serve-metrics.ts';

describe('parseAddress', () => {
  it('reads addresses of both families, and all of them', () => {
    assert.deepEqual(parseAddress('127.0.0.1:10259'), { host: '127.0.0.1', port: 10_259 });
    assert.deepEqual(parseAddress('[::1]:0'), { host: '::1', port: 0 });
    assert.deepEqual(parseAddress(':80'), { host: '', port: 80 });
  });

  it('refuses what has no port, or none that there is', () => {
    for (const text of ['', '127.0.0.1', '::1:80', '127.0.0.1:65536', 'a:b']) {
      assert.throws(() => parseAddress(text), /is not an address/, text);
    }
  });
});
