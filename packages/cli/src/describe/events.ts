import type { Event } from '@berth/api';
import { ageOf } from '../printers/table.ts';
import { line } from './lines.ts';
import type { Line } from './lines.ts';

/** What happened to an object, the newest last. */
export function eventLines(events: readonly Event[], now: number): readonly Line[] {
  if (events.length === 0) return [line(0, 'Events:', '<none>')];
  const headers = ['Type', 'Reason', 'Age', 'From', 'Message'];
  return [
    'Events:',
    line(1, ...headers),
    // As kubectl: one stroke less than the longest header.
    line(1, '----', '------', '----', '----', '-------'),
    ...inOrder(events).map((event) =>
      line(
        1,
        event.type,
        event.reason,
        ageText(event, now),
        event.source?.component || event.reportingComponent || '',
        messageText(event),
      ),
    ),
  ];
}

/** The oldest first, by when they were seen last. */
export const inOrder = (events: readonly Event[]): readonly Event[] =>
  events.toSorted((a, b) => Date.parse(lastSeen(a)) - Date.parse(lastSeen(b)));

const lastSeen = ({ series, lastTimestamp, eventTime, firstTimestamp, metadata }: Event) =>
  series?.lastObservedTime ||
  lastTimestamp ||
  eventTime ||
  firstTimestamp ||
  metadata.creationTimestamp;

function ageText(event: Event, now: number): string {
  const count = event.series?.count ?? event.count ?? 1;
  const age = ageOf(lastSeen(event), now);
  const first = event.firstTimestamp || event.eventTime || event.metadata.creationTimestamp;
  return count > 1 ? `${age} (x${count} over ${ageOf(first, now)})` : age;
}

/** With the part of the object that it is about, where it is about a part. */
const messageText = ({ involvedObject, message = '' }: Event) =>
  (involvedObject.fieldPath ? `${involvedObject.fieldPath}: ` : '') + message.trim();
