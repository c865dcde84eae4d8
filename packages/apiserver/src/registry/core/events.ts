import type { Event } from '@berth/api';
import { events as eventsType } from '@berth/api';
import type { Column, Strategy } from '../strategy.ts';
import { ageOf } from './columns.ts';
import { validateEvent } from './event-validation.ts';
import { asGiven } from './given.ts';

/** Events are not kept: an hour says what went on. */
export const eventTtlSeconds = 3600;

const eventColumns: readonly Column<Event>[] = [
  {
    name: 'Last Seen',
    type: 'string',
    description: 'Time since it last happened.',
    cell: lastSeen,
  },
  {
    name: 'Type',
    type: 'string',
    description: 'Normal or Warning.',
    cell: ({ type = '' }) => type,
  },
  {
    name: 'Reason',
    type: 'string',
    description: 'What happened, in one word.',
    cell: ({ reason = '' }) => reason,
  },
  { name: 'Object', type: 'string', description: 'What it happened to.', cell: target },
  {
    name: 'Subobject',
    type: 'string',
    description: 'Which part of it.',
    priority: 1,
    cell: (event) => asGiven(event).involvedObject?.fieldPath ?? '',
  },
  { name: 'Source', type: 'string', description: 'Who says so.', priority: 1, cell: source },
  {
    name: 'Message',
    type: 'string',
    description: 'What happened.',
    cell: ({ message = '' }) => message.trim(),
  },
  {
    name: 'First Seen',
    type: 'string',
    description: 'Time since it first happened.',
    priority: 1,
    cell: firstSeen,
  },
  { name: 'Count', type: 'string', description: 'How often.', priority: 1, cell: countOf },
  {
    name: 'Name',
    type: 'string',
    format: 'name',
    description: 'Name of the event.',
    priority: 1,
    cell: ({ metadata }) => metadata.name,
  },
];

export const events: Strategy<Event> = {
  type: eventsType,
  validate: (event) => validateEvent(event, 'reportingComponent'),
  validateUpdate: (event) => validateEvent(event, 'reportingComponent'),
  selectable: [
    'involvedObject.kind',
    'involvedObject.namespace',
    'involvedObject.name',
    'involvedObject.uid',
    'involvedObject.apiVersion',
    'involvedObject.resourceVersion',
    'involvedObject.fieldPath',
    'reason',
    'reportingComponent',
    'source',
    'type',
  ],
  selectableFields: selectableEventFields,
  columns: eventColumns,
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: true,
  ttlSeconds: eventTtlSeconds,
  ownsNothing: true,
};

/** Field selector values of an event, whichever API it was read through. */
export function selectableEventFields(event: Event): Readonly<Record<string, string>> {
  const about = asGiven(event).involvedObject ?? {};
  return {
    'involvedObject.kind': about.kind ?? '',
    'involvedObject.namespace': about.namespace ?? '',
    'involvedObject.name': about.name ?? '',
    'involvedObject.uid': about.uid ?? '',
    'involvedObject.apiVersion': about.apiVersion ?? '',
    'involvedObject.resourceVersion': about.resourceVersion ?? '',
    'involvedObject.fieldPath': about.fieldPath ?? '',
    reason: event.reason ?? '',
    reportingComponent: event.reportingComponent ?? '',
    // Either name of the same thing may be set.
    source: event.source?.component || (event.reportingComponent ?? ''),
    type: event.type ?? '',
  };
}

function lastSeen(event: Event, now: number): string {
  if (event.series) return ageOf(event.series.lastObservedTime, now);
  return event.lastTimestamp ? ageOf(event.lastTimestamp, now) : firstSeen(event, now);
}

function firstSeen({ firstTimestamp, eventTime }: Event, now: number): string {
  return ageOf(firstTimestamp ?? eventTime, now);
}

function countOf({ series, count }: Event): number {
  return series ? (series.count ?? 0) : count || 1;
}

function target(event: Event): string {
  const { kind = '', name } = asGiven(event).involvedObject ?? {};
  return name ? `${kind.toLowerCase()}/${name}` : kind.toLowerCase();
}

function source({ source: from, reportingComponent, reportingInstance }: Event): string {
  const component = from?.component || (reportingComponent ?? '');
  const instance = from?.host || (reportingInstance ?? '');
  return instance ? `${component}, ${instance}` : component;
}
