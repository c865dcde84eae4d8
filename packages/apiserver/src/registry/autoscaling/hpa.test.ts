import assert from 'node:assert/strict';
import type {
  FieldError,
  HorizontalPodAutoscaler,
  HorizontalPodAutoscalerSpec,
  HorizontalPodAutoscalerStatus,
  MetricSpec,
} from '@berth/api';
import { makeMetadata } from '@berth/api/testing';
import { fromHpaV2, toHpaV2 } from './convert-v1.ts';
import { hpaV1 } from './hpa-v1.ts';
import { hpa } from './hpa.ts';

const texts = (errors: readonly FieldError[] = []) =>
  errors.map(({ field, detail }) => `${field}: ${detail}`);
const context = { now: 0, user: { name: 'a', groups: [] }, warn: () => {} };

const hpaOf = (
  spec: Partial<HorizontalPodAutoscalerSpec> = {},
  status: HorizontalPodAutoscalerStatus = { desiredReplicas: 0 },
): HorizontalPodAutoscaler => {
  const object: HorizontalPodAutoscaler = {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: makeMetadata('a'),
    spec: { scaleTargetRef: { kind: 'Deployment', name: 'web' }, maxReplicas: 5, ...spec },
    status,
  };
  return hpa.defaults?.(object) ?? object;
};

const cpu: MetricSpec = {
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } },
};
const queue: MetricSpec = {
  type: 'External',
  external: { metric: { name: 'queue' }, target: { type: 'AverageValue', averageValue: '10' } },
};
const requests: MetricSpec = {
  type: 'Object',
  object: {
    describedObject: { kind: 'Service', name: 'web' },
    metric: { name: 'requests', selector: { matchLabels: { a: 'b' } } },
    target: { type: 'Value', value: '1k' },
  },
};

describe('horizontal pod autoscalers', () => {
  it('watch the processors and keep one pod unless told otherwise', () => {
    const { spec } = hpaOf();
    assert.equal(spec.minReplicas, 1);
    assert.deepEqual(spec.metrics, [
      {
        type: 'Resource',
        resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } },
      },
    ]);
    assert.equal(spec.behavior, undefined);
  });

  it('fill up a behaviour that was begun', () => {
    const { behavior } = hpaOf({
      behavior: { scaleDown: { stabilizationWindowSeconds: 60 } },
    }).spec;
    assert.deepEqual(behavior, {
      scaleUp: {
        stabilizationWindowSeconds: 0,
        selectPolicy: 'Max',
        policies: [
          { type: 'Pods', value: 4, periodSeconds: 15 },
          { type: 'Percent', value: 100, periodSeconds: 15 },
        ],
      },
      scaleDown: {
        stabilizationWindowSeconds: 60,
        selectPolicy: 'Max',
        policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
      },
    });
  });

  const cases: readonly (readonly [
    string,
    Partial<HorizontalPodAutoscalerSpec>,
    ...(readonly string[]),
  ])[] = [
    ['an ordinary autoscaler', { metrics: [cpu, queue, requests] }],
    [
      'no pods',
      { minReplicas: 0, maxReplicas: 0 },
      'spec.minReplicas: Invalid value: 0: must be greater than or equal to 1',
      'spec.maxReplicas: Invalid value: 0: must be greater than 0',
    ],
    [
      'fewer at most than at least',
      { minReplicas: 6 },
      'spec.maxReplicas: Invalid value: 5: must be greater than or equal to `minReplicas`',
    ],
    [
      'nothing to scale',
      { scaleTargetRef: { kind: '', name: 'a/b' } },
      'spec.scaleTargetRef.kind: Required value',
      'spec.scaleTargetRef.name: Invalid value: "a/b": may not contain \'/\'',
    ],
    [
      'metrics without sense',
      {
        metrics: [
          { type: 'Resource' },
          { type: 'Gold', resource: { name: '', target: { type: 'Utilization' } } },
          { ...cpu, pods: { metric: { name: '' }, target: { type: '' } } },
          {
            type: 'Resource',
            resource: {
              name: 'cpu',
              target: { type: 'Value', averageUtilization: 0, averageValue: '0' },
            },
          },
          { type: 'External', external: { metric: { name: 'q' }, target: { type: 'Value' } } },
        ],
      },
      'spec.metrics[0].resource: Required value: must populate information for the given metric source',
      'spec.metrics[1].type: Unsupported value: "Gold": supported values: "ContainerResource", "External", "Object", "Pods", "Resource"',
      'spec.metrics[1].resource.name: Required value: must specify a resource name',
      'spec.metrics[1].resource.target.averageUtilization: Required value: must set either a target raw value or a target utilization',
      'spec.metrics[2].pods.metric.name: Required value: must specify a metric name',
      'spec.metrics[2].pods.target.type: Required value: must specify a metric target type',
      'spec.metrics[2].pods.target.averageValue: Required value: must specify a positive target averageValue',
      'spec.metrics[2].pods: Forbidden: must populate the given metric source only',
      'spec.metrics[3].resource.target.averageValue: Invalid value: "0": must be positive',
      'spec.metrics[3].resource.target.averageUtilization: Invalid value: 0: must be greater than 0',
      'spec.metrics[3].resource.target.averageValue: Forbidden: may not set both a target raw value and a target utilization',
      'spec.metrics[4].external.target.averageValue: Required value: must set either a target value for metric or a per-pod target',
    ],
    [
      'behaviour out of bounds',
      {
        behavior: {
          scaleUp: { stabilizationWindowSeconds: 3601, selectPolicy: 'Any' },
          scaleDown: { policies: [{ type: 'All', value: 0, periodSeconds: 1801 }] },
        },
      },
      'spec.behavior.scaleUp.stabilizationWindowSeconds: Invalid value: 3601: must be less than or equal to 3600',
      'spec.behavior.scaleUp.selectPolicy: Unsupported value: "Any": supported values: "Disabled", "Max", "Min"',
      'spec.behavior.scaleDown.policies[0].type: Unsupported value: "All": supported values: "Percent", "Pods"',
      'spec.behavior.scaleDown.policies[0].value: Invalid value: 0: must be greater than zero',
      'spec.behavior.scaleDown.policies[0].periodSeconds: Invalid value: 1801: must be less than or equal to 1800',
    ],
  ];
  for (const [name, spec, ...expected] of cases) {
    it(`${expected.length ? 'refuse' : 'take'} ${name}`, () => {
      assert.deepEqual(texts(hpa.validate?.(hpaOf(spec))), expected);
    });
  }

  const targets: readonly (readonly [
    string,
    readonly MetricSpec[],
    HorizontalPodAutoscalerStatus['currentMetrics'],
  ])[] = [
    ['cpu: <unknown>/50%', [cpu], undefined],
    [
      'cpu: 12%/50%',
      [cpu],
      [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 12 } } }],
    ],
    [
      'cpu: 12%/50%, 3/10 (avg) + 1 more...',
      [cpu, queue, requests],
      [
        { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 12 } } },
        {
          type: 'External',
          external: { metric: { name: 'queue' }, current: { averageValue: '3' } },
        },
      ],
    ],
    ['<unknown>/1k', [requests], undefined],
  ];
  for (const [text, metrics, currentMetrics] of targets) {
    it(`show ${text}`, () => {
      const object = hpaOf(
        { metrics },
        { desiredReplicas: 1, ...(currentMetrics && { currentMetrics }) },
      );
      assert.deepEqual(
        hpa.columns.slice(0, 6).map(({ cell }) => cell(object, 0)),
        ['a', 'Deployment/web', text, '1', 5, 0],
      );
    });
  }
});

describe('horizontal pod autoscalers in version 1', () => {
  const whole = hpaOf(
    {
      metrics: [cpu, queue, requests],
      behavior: { scaleDown: { policies: [{ type: 'Pods', value: 1, periodSeconds: 60 }] } },
    },
    {
      currentReplicas: 2,
      desiredReplicas: 3,
      conditions: [{ type: 'AbleToScale', status: 'True', reason: 'Ready' }],
      currentMetrics: [
        {
          type: 'Resource',
          resource: { name: 'cpu', current: { averageUtilization: 12, averageValue: '120m' } },
        },
      ],
    },
  );

  it('show processor time as a percentage and the rest in annotations', () => {
    const { apiVersion, metadata, spec, status } = fromHpaV2(whole);
    assert.equal(apiVersion, 'autoscaling/v1');
    assert.deepEqual(spec, {
      scaleTargetRef: { kind: 'Deployment', name: 'web' },
      minReplicas: 1,
      maxReplicas: 5,
      targetCPUUtilizationPercentage: 50,
    });
    assert.deepEqual(status, {
      currentReplicas: 2,
      desiredReplicas: 3,
      currentCPUUtilizationPercentage: 12,
    });
    const read = (name: string) =>
      JSON.parse(
        metadata.annotations?.[`autoscaling.alpha.kubernetes.io/${name}`] ?? 'null',
      ) as unknown;
    assert.deepEqual(read('metrics'), [
      { type: 'External', external: { metricName: 'queue', targetAverageValue: '10' } },
      {
        type: 'Object',
        object: {
          target: { kind: 'Service', name: 'web' },
          metricName: 'requests',
          selector: { matchLabels: { a: 'b' } },
          targetValue: '1k',
        },
      },
    ]);
    assert.deepEqual(read('current-metrics'), [
      {
        type: 'Resource',
        resource: { name: 'cpu', currentAverageUtilization: 12, currentAverageValue: '120m' },
      },
    ]);
    assert.deepEqual(read('conditions'), whole.status?.conditions);
    assert.deepEqual(
      (read('behavior') as { ScaleDown: { Policies: unknown } }).ScaleDown.Policies,
      [{ Type: 'Pods', Value: 1, PeriodSeconds: 60 }],
    );
  });

  it('lose nothing on the way there and back', () => {
    assert.deepEqual(toHpaV2(fromHpaV2(whole)), whole);
  });

  it('take annotations that are nonsense for absent', () => {
    const view = fromHpaV2(hpaOf({ metrics: [cpu] }));
    const broken = {
      ...view,
      metadata: {
        ...view.metadata,
        annotations: {
          'autoscaling.alpha.kubernetes.io/metrics': '{',
          'autoscaling.alpha.kubernetes.io/behavior': '7',
          mine: 'kept',
        },
      },
    };
    const back = toHpaV2(broken);
    assert.deepEqual(back.spec.metrics, [cpu]);
    assert.equal(back.spec.behavior, undefined);
    assert.deepEqual(back.metadata.annotations, { mine: 'kept' });
  });

  it('begin without status and keep it in updates', () => {
    const view = fromHpaV2(whole);
    const created = hpaV1.prepareForCreate?.(view, context);
    assert.deepEqual(created?.status, { currentReplicas: 0, desiredReplicas: 0 });
    assert.ok(created.metadata.annotations);
    assert.equal(
      created.metadata.annotations['autoscaling.alpha.kubernetes.io/conditions'],
      undefined,
    );
    const updated = hpaV1.prepareForUpdate?.(created, view, context);
    assert.deepEqual(updated?.status, view.status);
  });
});
