import { events, isAlreadyExists, pathOf } from '@berth/api';
import type { Draft, Event } from '@berth/api';
import type { ApiCalls } from './api-calls.ts';

/** Creates an event; one that says that it came again raises the count of the first. Repeats do no harm. */
export async function recordEvent(calls: ApiCalls, event: Draft<Event>): Promise<void> {
  const { name, namespace = 'default' } = event.metadata;
  const { count = 1, lastTimestamp, message } = event;
  if (count > 1) {
    await calls.call('PATCH', pathOf(events, { namespace, name }), {
      count,
      lastTimestamp,
      message,
    });
    return;
  }
  try {
    await calls.call('POST', pathOf(events, { namespace }), event);
  } catch (err) {
    if (!isAlreadyExists(err)) throw err;
  }
}
