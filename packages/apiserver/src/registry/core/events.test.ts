import assert from 'node:assert/strict';
import type { Event, FieldError } from '@berth/api';
import { createdAt, makeMetadata } from '@berth/api/testing';
import { eventsV1 } from '../events/events-v1.ts';
import { fromCoreEvent, toCoreEvent } from '../events/convert.ts';
import { planDelete } from '../delete-plan.ts';
import type { Strategy } from '../strategy.ts';
import { events } from './events.ts';

const texts = (errors: readonly FieldError[] = []) =>
  errors.map(({ field, detail }) => `${field}: ${detail}`);

const old: Event = {
  apiVersion: 'v1',
  kind: 'Event',
  metadata: makeMetadata('a'),
  involvedObject: { kind: 'Pod', namespace: 'default', name: 'p', fieldPath: 'spec' },
  reason: 'Started',
  message: ' Started it\n',
  type: 'Normal',
  source: { component: 'kubelet', host: 'n' },
  firstTimestamp: createdAt,
  lastTimestamp: createdAt,
  count: 3,
};
const newer: Event = {
  metadata: makeMetadata('a'),
  involvedObject: { kind: 'Pod', namespace: 'default', name: 'p' },
  eventTime: createdAt,
  reason: 'Started',
  action: 'Start',
  type: 'Normal',
  reportingComponent: 'example.com/agent',
  reportingInstance: 'n',
};

describe('events', () => {
  it('go at once, whatever is said of dependents that they never have', () => {
    const strategies = [events, eventsV1] as unknown as readonly Strategy[];
    for (const propagation of ['Foreground', 'Orphan', 'Background'] as const)
      for (const strategy of strategies)
        assert.deepEqual(planDelete(strategy, old, { propagation }, 0), { kind: 'remove' });
  });

  const cases: readonly (readonly [string, Event, ...(readonly string[])])[] = [
    ['an event of the older sort', old],
    ['an event of the newer sort', newer],
    [
      'an event beside another object',
      { ...old, involvedObject: { namespace: 'other' } },
      'involvedObject.namespace: Invalid value: "other": does not match event.namespace',
    ],
    [
      'a newer event that says too little',
      { metadata: makeMetadata('a'), involvedObject: {}, eventTime: createdAt },
      'reportingComponent: Required value',
      'reportingComponent: Invalid value: "": name part must be non-empty',
      `reportingComponent: Invalid value: "": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`,
      'reportingInstance: Required value',
      'action: Required value',
      'reason: Required value',
    ],
    [
      'a message without end',
      { ...newer, message: 'x'.repeat(1025) },
      'message: Invalid value: "": can have at most 1024 characters',
    ],
  ];
  for (const [name, event, ...expected] of cases) {
    it(`${expected.length ? 'refuse' : 'take'} ${name}`, () => {
      assert.deepEqual(texts(events.validate?.(event)), expected);
    });
  }

  it('are shown as kubectl shows them', () => {
    const now = Date.parse(createdAt) + 90_000;
    assert.deepEqual(
      events.columns.map(({ cell }) => cell(old, now)),
      ['90s', 'Normal', 'Started', 'pod/p', 'spec', 'kubelet, n', 'Started it', '90s', 3, 'a'],
    );
    const series = { ...newer, series: { count: 7, lastObservedTime: '2026-01-01T00:01:00Z' } };
    assert.deepEqual(
      events.columns.map(({ cell }) => cell(series, now)),
      ['30s', 'Normal', 'Started', 'pod/p', '', 'example.com/agent, n', '', '90s', 7, 'a'],
    );
  });

  it('are the same events under their newer names', () => {
    const view = fromCoreEvent(old);
    assert.equal(view.apiVersion, 'events.k8s.io/v1');
    assert.equal(view.note, old.message);
    assert.deepEqual(view.regarding, old.involvedObject);
    assert.deepEqual(view.deprecatedSource, old.source);
    assert.deepEqual(toCoreEvent(view), old);
  });

  it('must be of the newer sort where they have their newer names', () => {
    assert.deepEqual(texts(eventsV1.validate?.(fromCoreEvent(newer))), []);
    assert.deepEqual(texts(eventsV1.validate?.(fromCoreEvent(old))), [
      'eventTime: Required value',
      'firstTimestamp: Invalid value: "": needs to be unset',
      'lastTimestamp: Invalid value: "": needs to be unset',
      'count: Invalid value: "": needs to be unset',
      'source: Invalid value: "": needs to be unset',
    ]);
    const changed = fromCoreEvent({
      ...newer,
      action: 'Stop',
      series: { count: 2, lastObservedTime: createdAt },
    });
    assert.deepEqual(texts(eventsV1.validateUpdate?.(changed, fromCoreEvent(newer))), [
      'action: Invalid value: "Stop": field is immutable',
    ]);
  });
});
