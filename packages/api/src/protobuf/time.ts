interface Instant {
  readonly seconds: number;
  readonly nanos: number;
}

/** RFC 3339 in UTC, with as many digits of the second as asked for. */
export function formatTime(seconds: number, nanos: number, fractionDigits: 0 | 6): string {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime()) || date.getUTCFullYear() < 0 || date.getUTCFullYear() > 9999) {
    throw new RangeError('time out of range');
  }
  const text = date.toISOString().slice(0, -'.000Z'.length);
  if (fractionDigits === 0) return `${text}Z`;
  const micros = Math.floor(nanos / 1000);
  return `${text}.${String(micros).padStart(fractionDigits, '0')}Z`;
}

export function parseTime(text: string): Instant | undefined {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:[.,](\d{1,9})\d*)?(Z|[-+]\d\d:\d\d)$/i.exec(
    text,
  );
  if (!match) return undefined;
  const [, whole = '', fraction = '', zone = ''] = match;
  const milliseconds = Date.parse(`${whole}${zone}`.toUpperCase());
  if (Number.isNaN(milliseconds)) return undefined;
  return { seconds: milliseconds / 1000, nanos: Number(fraction.padEnd(9, '0')) };
}
