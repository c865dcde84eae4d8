import assert from 'node:assert/strict';
import type { DaemonSet, DaemonSetSpec, FieldError } from '@berth/api';
import { createdAt, makeDaemonSet, makePodTemplate } from '@berth/api/testing';
import { daemonSets } from './daemon-sets.ts';

const texts = (errors: readonly FieldError[] = []) =>
  errors.map(({ field, detail }) => `${field}: ${detail}`);
const complete = (set: DaemonSet) => daemonSets.defaults?.(set) ?? set;
const setOf = (spec: Partial<DaemonSetSpec>) => complete(makeDaemonSet('a', spec));
const context = { now: 0, user: { name: 'a', groups: [] }, warn: () => {} };
const generation = 'deprecated.daemonset.template.generation';

describe('daemon sets', () => {
  it('get what upstream gives them', () => {
    const { spec, status } = setOf({});
    const { template: _template, selector: _selector, ...rest } = spec;
    assert.deepEqual(rest, {
      updateStrategy: {
        type: 'RollingUpdate',
        rollingUpdate: { maxUnavailable: 1, maxSurge: 0 },
      },
      revisionHistoryLimit: 10,
    });
    assert.deepEqual(status, {
      currentNumberScheduled: 0,
      numberMisscheduled: 0,
      desiredNumberScheduled: 0,
      numberReady: 0,
    });
  });

  const rolling = (maxUnavailable: number | string, maxSurge: number | string) => ({
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable, maxSurge } },
  });
  const mismatch =
    'spec.template.metadata.labels: Invalid value: {"app":"a"}: `selector` does not match template `labels`';
  const path = 'spec.updateStrategy.rollingUpdate';
  const cases: readonly (readonly [string, Partial<DaemonSetSpec>, ...(readonly string[])])[] = [
    ['an ordinary set', {}],
    ['a surge', rolling(0, '10%')],
    ['no selector', { selector: undefined as never }, mismatch],
    ['another selector', { selector: { matchLabels: { app: 'b' } } }, mismatch],
    [
      'an empty selector',
      { selector: {} },
      'spec.selector: Invalid value: {}: empty selector is invalid for daemonset',
    ],
    [
      'negative numbers',
      { minReadySeconds: -1, revisionHistoryLimit: -1 },
      'spec.minReadySeconds: Invalid value: -1: must be greater than or equal to 0',
      'spec.revisionHistoryLimit: Invalid value: -1: must be greater than or equal to 0',
    ],
    [
      'two ways at once',
      rolling(1, '101%'),
      `${path}.maxSurge: Invalid value: "101%": must not be greater than 100%`,
      `${path}.maxSurge: Invalid value: "101%": may not be set when maxUnavailable is non-zero`,
    ],
    [
      'no way at all',
      rolling('0%', 0),
      `${path}.maxUnavailable: Required value: cannot be 0 when maxSurge is 0`,
    ],
    [
      'another way',
      { updateStrategy: { type: 'Never' } },
      'spec.updateStrategy: Unsupported value: {"type":"Never"}: supported values: "RollingUpdate", "OnDelete"',
    ],
    [
      'pods that end',
      {
        template: makePodTemplate(
          { app: 'a' },
          { restartPolicy: 'OnFailure', activeDeadlineSeconds: 9 },
        ),
      },
      'spec.template.spec.restartPolicy: Unsupported value: "OnFailure": supported values: "Always"',
      'spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in DaemonSet is not Supported',
    ],
  ];
  for (const [name, spec, ...expected] of cases) {
    it(`with ${name}`, () => {
      assert.deepEqual(texts(daemonSets.validate?.(setOf(spec))), [...expected]);
    });
  }

  it('count the changes of their template as clients of old expect', () => {
    const created = daemonSets.prepareForCreate?.(setOf({}), context) ?? setOf({});
    assert.equal(created.metadata.annotations?.[generation], '1');
    const { annotations: _forgotten, ...metadata } = created.metadata;
    const template = makePodTemplate({ app: 'a' }, { hostNetwork: true });
    const same = daemonSets.prepareForUpdate?.({ ...created, metadata }, created, context);
    assert.equal(same?.metadata.annotations?.[generation], '1');
    const changed = { ...created, metadata, spec: { ...created.spec, template } };
    const next = daemonSets.prepareForUpdate?.(changed, created, context);
    assert.equal(next?.metadata.annotations?.[generation], '2');
  });

  it('keep their selector, and a status that counts', () => {
    const old = setOf({});
    const selector = { matchLabels: { app: 'a', more: 'b' } };
    const template = makePodTemplate(selector.matchLabels);
    const next = setOf({ selector, template });
    assert.deepEqual(texts(daemonSets.validateUpdate?.(next, old)), [
      'spec.selector: Invalid value: {"matchLabels":{"app":"a","more":"b"}}: field is immutable',
    ]);
    const status = {
      currentNumberScheduled: 0,
      numberMisscheduled: -1,
      desiredNumberScheduled: 0,
      numberReady: 0,
    };
    assert.deepEqual(texts(daemonSets.status?.validateUpdate?.({ ...old, status }, old)), [
      'status.numberMisscheduled: Invalid value: -1: must be greater than or equal to 0',
    ]);
  });

  it('are shown as upstream shows them', () => {
    const template = makePodTemplate({ app: 'a' }, { nodeSelector: { disk: 'ssd' } });
    const set = complete(
      makeDaemonSet(
        'a',
        { template },
        {
          status: {
            desiredNumberScheduled: 5,
            currentNumberScheduled: 4,
            numberReady: 3,
            updatedNumberScheduled: 2,
            numberAvailable: 1,
            numberMisscheduled: 0,
          },
        },
      ),
    );
    const now = Date.parse(createdAt) + 60_000;
    assert.deepEqual(
      daemonSets.columns.map(({ name, cell }) => [name, cell(set, now)]),
      [
        ['Name', 'a'],
        ['Desired', 5],
        ['Current', 4],
        ['Ready', 3],
        ['Up-to-date', 2],
        ['Available', 1],
        ['Node Selector', 'disk=ssd'],
        ['Age', '60s'],
        ['Containers', 'main'],
        ['Images', 'example.com/app:1'],
        ['Selector', 'app=a'],
      ],
    );
  });
});
