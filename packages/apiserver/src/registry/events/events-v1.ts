import type { Event, EventsV1Event, FieldError } from '@berth/api';
import { events, eventsV1 as eventsV1Type, invalidValue, isDeepEqual, required } from '@berth/api';
import type { Strategy } from '../strategy.ts';
import { validateEvent } from '../core/event-validation.ts';
import { events as coreEvents, eventTtlSeconds, selectableEventFields } from '../core/events.ts';
import { fromCoreEvent, toCoreEvent } from './convert.ts';

/** The newer view of the same events. */
export const eventsV1: Strategy<EventsV1Event> = {
  type: eventsV1Type,
  validate,
  validateUpdate: (event, old) => [...validate(event), ...checkFixed(event, old)],
  selectable: [
    'regarding.kind',
    'regarding.namespace',
    'regarding.name',
    'regarding.uid',
    'regarding.apiVersion',
    'regarding.resourceVersion',
    'regarding.fieldPath',
    'reason',
    'reportingController',
    'type',
  ],
  selectableFields: (event) =>
    Object.fromEntries(
      Object.entries(selectableEventFields(toCoreEvent(event)))
        .filter(([field]) => field !== 'source')
        .map(([field, value]) => [
          field.replace('involvedObject', 'regarding').replace('Component', 'Controller'),
          value,
        ]),
    ),
  columns: coreEvents.columns.map(({ cell, ...column }) => ({
    ...column,
    cell: (event, now) => cell(toCoreEvent(event), now),
  })),
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: true,
  ttlSeconds: eventTtlSeconds,
  ownsNothing: true,
  storedAs: {
    type: events,
    toStored: toCoreEvent,
    fromStored: (event) => fromCoreEvent(event as Event),
  },
};

/** This API takes events of the newer sort only: no fields that the older sort had. */
function validate(event: EventsV1Event): readonly FieldError[] {
  const core = toCoreEvent(event);
  const { type = '', series } = core;
  return [
    ...validateEvent(core, 'reportingController'),
    ...(core.eventTime ? [] : [required('eventTime')]),
    ...(type ? [] : [required('type')]),
    ...(type && type !== 'Normal' && type !== 'Warning'
      ? [invalidValue('type', '', `has invalid value: ${type}`)]
      : []),
    ...(series && (series.count ?? 0) < 2
      ? [invalidValue('series.count', '', 'should be at least 2')]
      : []),
    ...(series && !series.lastObservedTime ? [required('series.lastObservedTime')] : []),
    ...unset
      .filter((field) => isSet(core[field]))
      .map((field) => invalidValue(field, '', 'needs to be unset')),
  ];
}

const unset = ['firstTimestamp', 'lastTimestamp', 'count', 'source'] as const;

const isSet = (value: string | number | object | undefined) =>
  typeof value === 'object' ? Object.values(value).some(Boolean) : Boolean(value);

const fixed = [
  'involvedObject',
  'reason',
  'reportingComponent',
  'reportingInstance',
  'action',
  'message',
  'type',
  'eventTime',
  'related',
] as const;

/** Only the series of an event goes on. */
function checkFixed(event: EventsV1Event, old: EventsV1Event): readonly FieldError[] {
  const [now, before] = [toCoreEvent(event), toCoreEvent(old)];
  return fixed
    .filter((field) => !isDeepEqual(now[field], before[field]))
    .map((field) =>
      invalidValue(
        field === 'reportingComponent' ? 'reportingController' : field,
        now[field] ?? null,
        'field is immutable',
      ),
    );
}
