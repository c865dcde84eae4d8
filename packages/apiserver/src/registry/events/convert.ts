import type { Event, EventsV1Event } from '@berth/api';
import { apiVersionOf, events, eventsV1 } from '@berth/api';

/** The newer names of the fields of an event, by the older ones. */
const newNames = {
  involvedObject: 'regarding',
  message: 'note',
  reportingComponent: 'reportingController',
  source: 'deprecatedSource',
  firstTimestamp: 'deprecatedFirstTimestamp',
  lastTimestamp: 'deprecatedLastTimestamp',
  count: 'deprecatedCount',
} as const;

const oldNames = Object.fromEntries(Object.entries(newNames).map(([old, now]) => [now, old]));

const rename = (object: object, names: Readonly<Record<string, string>>): object =>
  Object.fromEntries(
    Object.entries(object).map(([key, value]) => [names[key] ?? key, value as unknown]),
  );

export const toCoreEvent = (event: EventsV1Event): Event => ({
  ...(rename({ regarding: {}, ...event }, oldNames) as Event),
  apiVersion: apiVersionOf(events),
});

export const fromCoreEvent = (event: Event): EventsV1Event => ({
  ...(rename(event, newNames) as EventsV1Event),
  apiVersion: apiVersionOf(eventsV1),
});
