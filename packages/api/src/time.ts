/** `2026-01-31T12:00:00Z`: a `metav1.Time`, which has whole seconds, from milliseconds since the epoch. */
export const formatTime = (ms: number): string =>
  new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');

/** `2026-01-31T12:00:00.123000Z`: a `metav1.MicroTime`. */
export const formatMicroTime = (ms: number): string =>
  new Date(ms).toISOString().replace(/Z$/, '000Z');

const rfc3339 = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:[.,](\d+))?(Z|[+-]\d{2}:\d{2})$/;

/** Milliseconds since the epoch; `undefined` for what is not an RFC 3339 time. */
export function parseTime(text: string): number | undefined {
  const parts = rfc3339.exec(text);
  if (!parts) return undefined;
  const [, seconds = '', fraction = '', zone = ''] = parts;
  const ms = Date.parse(`${seconds}.${fraction.padEnd(3, '0').slice(0, 3)}${zone}`);
  return Number.isNaN(ms) || !isOnCalendar(seconds) ? undefined : ms;
}

/** `Date` takes 31 February for 3 March, and 24 o'clock for the next day. */
function isOnCalendar(seconds: string): boolean {
  const [year, month, day, hour] = [
    seconds.slice(0, 4),
    seconds.slice(5, 7),
    seconds.slice(8, 10),
    seconds.slice(11, 13),
  ].map(Number) as [number, number, number, number];
  const days = month === 2 && isLeapYear(year) ? 29 : (daysOf[month - 1] ?? 0);
  return day <= days && hour < 24;
}

const daysOf = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

const isLeapYear = (year: number) => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);

const canonical = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/;

/** The text as the server keeps it: UTC, whole seconds. */
export function canonicalTime(text: string): string | undefined {
  const ms = parseTime(text);
  if (ms === undefined) return undefined;
  return canonical.test(text) ? text : formatTime(ms);
}

/** The same with six decimals, none of them lost. */
export function canonicalMicroTime(text: string): string | undefined {
  const ms = parseTime(text);
  if (ms === undefined) return undefined;
  const fraction = rfc3339.exec(text)?.[2] ?? '';
  return formatTime(ms).replace(/Z$/, `.${fraction.padEnd(6, '0').slice(0, 6)}Z`);
}
