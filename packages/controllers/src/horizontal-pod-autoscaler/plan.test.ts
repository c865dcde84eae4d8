import assert from 'node:assert/strict';
import type { HorizontalPodAutoscaler, Pod } from '@berth/api';
import { makeHpa, makePod } from '@berth/api/testing';
import fc from 'fast-check';
import type { PodUsage } from './metrics.ts';
import { planHpa } from './plan.ts';
import { stabilize } from './stabilize.ts';

const now = Date.parse('2026-01-01T01:00:00Z');
const hpaFor = (spec: Partial<HorizontalPodAutoscaler['spec']> = {}) =>
  makeHpa('web', {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
    minReplicas: 1,
    maxReplicas: 10,
    metrics: [
      {
        type: 'Resource',
        resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } },
      },
    ],
    ...spec,
  });
const running = (name: string): Pod =>
  makePod(
    name,
    { containers: [{ name: 'main', image: 'i', resources: { requests: { cpu: '100m' } } }] },
    {
      status: {
        phase: 'Running',
        startTime: new Date(now - 3_600_000).toISOString(),
        conditions: [
          {
            type: 'Ready',
            status: 'True',
            lastTransitionTime: new Date(now - 3_500_000).toISOString(),
          },
        ],
      },
    },
  );
const using = (milli: Readonly<Record<string, number>>): PodUsage =>
  new Map(
    Object.entries(milli).map(([name, cpu]) => [
      name,
      {
        metadata: { name },
        timestamp: new Date(now).toISOString(),
        window: '15s',
        containers: [{ name: 'main', usage: { cpu: `${cpu}m`, memory: '1Mi' } }],
      },
    ]),
  );
const plan = (
  usage: PodUsage | { error: string },
  pods: readonly Pod[],
  hpa = hpaFor(),
  specReplicas = pods.length,
) =>
  planHpa({
    hpa,
    specReplicas,
    pods,
    usage,
    now,
    tolerance: 0.1,
    recommendations: [],
    events: [],
  });
const podsNamed = (...names: string[]) => names.map(running);
const condition = ({ status }: ReturnType<typeof plan>, type: string) =>
  status.conditions?.find((each) => each.type === type);

describe('planHpa', () => {
  it('scales by the ratio of use to target', () => {
    assert.equal(plan(using({ a: 100, b: 100 }), podsNamed('a', 'b')).replicas, 4);
  });
  it('leaves small deviations alone', () => {
    const result = plan(using({ a: 54, b: 54 }), podsNamed('a', 'b'));
    assert.equal(result.replicas, undefined);
    assert.equal(condition(result, 'AbleToScale')?.reason, 'ReadyForNewScale');
    assert.equal(result.status.currentMetrics?.[0]?.resource?.current.averageUtilization, 54);
  });
  it('takes pods without a sample for idle when it scales up, and for busy when it scales down', () => {
    assert.equal(plan(using({ a: 100 }), podsNamed('a', 'b')).replicas, undefined);
    assert.equal(plan(using({ a: 10 }), podsNamed('a', 'b', 'c')).replicas, undefined);
  });
  it('does not scale down when there are no metrics, and says why', () => {
    const result = plan({ error: 'down' }, podsNamed('a', 'b'));
    assert.equal(result.replicas, undefined);
    assert.equal(result.warning?.reason, 'FailedGetResourceMetric');
    assert.equal(condition(result, 'ScalingActive')?.status, 'False');
  });
  it('says which container asks for nothing', () => {
    const bare = makePod('a', {}, { status: running('a').status! });
    const result = plan(using({ a: 10 }), [bare]);
    assert.match(result.warning?.message ?? '', /missing request for cpu in container of Pod a/);
  });
  it('brings a count outside the bounds back at once', () => {
    assert.equal(plan(using({}), [], hpaFor(), 30).replicas, 10);
    assert.equal(plan(using({}), [], hpaFor({ minReplicas: 3 }), 1).replicas, 3);
  });
  it('does nothing for a target that was scaled to zero', () => {
    const result = plan(using({}), [], hpaFor(), 0);
    assert.equal(result.replicas, undefined);
    assert.equal(condition(result, 'ScalingActive')?.reason, 'ScalingDisabled');
  });
});

describe('stabilize', () => {
  const observe = (currentReplicas: number, proposed: number, more = {}) => ({
    hpa: hpaFor({ maxReplicas: 100 }),
    currentReplicas,
    proposed,
    now,
    recommendations: [],
    events: [],
    ...more,
  });
  it('goes up by four or doubles, whichever is more, every 15 seconds', () => {
    assert.equal(stabilize(observe(1, 50)).replicas, 5);
    assert.equal(stabilize(observe(10, 50)).replicas, 20);
    const events = [{ change: 10, at: now - 5_000 }];
    assert.equal(stabilize(observe(20, 50, { events })).replicas, 20);
    assert.equal(stabilize(observe(20, 50, { events })).limited?.reason, 'ScaleUpLimit');
  });
  it('goes down only when nothing higher was wanted for five minutes', () => {
    const recommendations = [{ replicas: 8, at: now - 299_000 }];
    const held = stabilize(observe(10, 2, { recommendations }));
    assert.equal(held.replicas, 8);
    assert.equal(held.stabilized?.reason, 'ScaleDownStabilized');
    const old = [{ replicas: 8, at: now - 301_000 }];
    assert.equal(stabilize(observe(10, 2, { recommendations: old })).replicas, 2);
  });
  it('stays within the bounds of the spec, and never moves away from the proposal', () => {
    const count = fc.nat(60);
    const recommendation = fc.record({
      replicas: count,
      at: fc.nat(400_000).map((ms) => now - ms),
    });
    const event = fc.record({
      change: fc.integer({ min: -20, max: 20 }),
      at: fc.nat(60_000).map((ms) => now - ms),
    });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        count,
        fc.array(recommendation),
        fc.array(event),
        (current, proposed, recommendations, events) => {
          const hpa = hpaFor({ minReplicas: 2, maxReplicas: 40 });
          const { replicas } = stabilize({
            hpa,
            currentReplicas: Math.min(40, Math.max(2, current)),
            proposed,
            now,
            recommendations,
            events,
          });
          const start = Math.min(40, Math.max(2, current));
          const within = replicas >= 2 && replicas <= 40;
          const towards = proposed >= start ? replicas >= start : replicas <= start;
          return within && towards;
        },
      ),
    );
  });
});
