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

/** `Date` takes 31 February for 3 March. */
function isOnCalendar(seconds: string): boolean {
  const ms = Date.parse(`${seconds}Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(seconds);
}

/** The text as the server keeps it: UTC, whole seconds. */
export function canonicalTime(text: string): string | undefined {
  const ms = parseTime(text);
  return ms === undefined ? undefined : formatTime(ms);
}

/** The same with six decimals, none of them lost. */
export function canonicalMicroTime(text: string): string | undefined {
  const ms = parseTime(text);
  if (ms === undefined) return undefined;
  const fraction = rfc3339.exec(text)?.[2] ?? '';
  return formatTime(ms).replace(/Z$/, `.${fraction.padEnd(6, '0').slice(0, 6)}Z`);
}
