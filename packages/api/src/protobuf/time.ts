import { parseTime } from '../time.ts';

/** A time as a message holds it; the seconds count from the epoch. */
interface Instant {
  readonly seconds: number;
  readonly nanos: number;
}

/** RFC 3339 in UTC, with as many digits of the second as asked for. Throws RangeError beyond the year 9999. */
export function formatInstant({ seconds, nanos }: Instant, fractionDigits: 0 | 6): string {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime()) || date.getUTCFullYear() < 0 || date.getUTCFullYear() > 9999) {
    throw new RangeError('time out of range');
  }
  const text = date.toISOString().slice(0, -'.000Z'.length);
  if (fractionDigits === 0) return `${text}Z`;
  return `${text}.${String(Math.floor(nanos / 1000)).padStart(fractionDigits, '0')}Z`;
}

/** Undefined for what is not an RFC 3339 time. */
export function parseInstant(text: string): Instant | undefined {
  const milliseconds = parseTime(text);
  if (milliseconds === undefined) return undefined;
  const fraction = /[.,](\d{1,9})/.exec(text)?.[1] ?? '';
  return { seconds: Math.floor(milliseconds / 1000), nanos: Number(fraction.padEnd(9, '0')) };
}
