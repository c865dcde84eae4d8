import assert from 'node:assert/strict';
import { createMetrics } from './metrics.ts';

describe('createMetrics', () => {
  it('prints counters, gauges and histograms', async () => {
    const metrics = createMetrics();
    metrics.counter('requests_total', 'Requests.', ['verb']).inc({ verb: 'GET' });
    metrics.counter('requests_total', 'Requests.', ['verb']).inc({ verb: 'GET' }, 2);
    metrics.gauge('depth', 'Depth.').read(() => [{ labels: {}, value: 7 }]);
    metrics.histogram('seconds', 'Time.', [], [0.1, 1]).observe({}, 0.5);
    const text = await metrics.text();
    assert.match(text, /^requests_total\{verb="GET"\} 3$/m);
    assert.match(text, /^depth 7$/m);
    assert.match(text, /^seconds_bucket\{le="0.1"\} 0$/m);
    assert.match(text, /^seconds_bucket\{le="1"\} 1$/m);
    assert.doesNotMatch(text, /process_/);
  });

  it('forgets gauge rows that are no longer reported', async () => {
    const metrics = createMetrics();
    let rows = [{ labels: { queue: 'a' }, value: 1 }];
    metrics.gauge('pending', 'Pending.', ['queue']).read(() => rows);
    await metrics.text();
    rows = [];
    assert.doesNotMatch(await metrics.text(), /queue="a"/);
  });
});
