import assert from 'node:assert/strict';
import { runHealthChecks } from './health.ts';
import type { HealthCheck } from './health.ts';

const ping: HealthCheck = { name: 'ping', check: () => undefined };
const etcd: HealthCheck = {
  name: 'etcd',
  check: () => Promise.reject(new Error('connection refused')),
};

describe('runHealthChecks', () => {
  it('says ok in one word unless asked for more', async () => {
    const { healthy, text } = await runHealthChecks([ping], { endpoint: 'livez' });
    assert.deepEqual({ healthy, text }, { healthy: true, text: 'ok' });
    const verbose = await runHealthChecks([ping], { endpoint: 'livez', verbose: true });
    assert.equal(verbose.text, '[+]ping ok\nlivez check passed\n');
  });

  it('lists all checks when one fails, without telling why', async () => {
    const { healthy, text, failures } = await runHealthChecks([ping, etcd], { endpoint: 'readyz' });
    assert.equal(healthy, false);
    assert.equal(text, '[+]ping ok\n[-]etcd failed: reason withheld\nreadyz check failed\n');
    assert.equal((failures[0]?.err as Error).message, 'connection refused');
  });

  it('does not run excluded checks and names those it does not know', async () => {
    const { healthy, text } = await runHealthChecks([ping, etcd], {
      endpoint: 'readyz',
      verbose: true,
      exclude: ['etcd', 'nothing'],
    });
    assert.equal(healthy, true);
    assert.equal(
      text,
      '[+]ping ok\n[+]etcd excluded: ok\n' +
        'warn: some health checks cannot be excluded: no matches for "nothing"\n' +
        'readyz check passed\n',
    );
  });
});
