/** What the clocks of a place show. */
export interface WallTime {
  readonly year: number;
  /** From 1, January. */
  readonly month: number;
  readonly day: number;
  /** From 0, Sunday. */
  readonly weekday: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  formats.set(timeZone, made);
  return made;
}

/** What the clocks of `timeZone` show at `at`, in ms since the epoch. */
export function wallTime(at: number, timeZone: string): WallTime {
  const parts = formatOf(timeZone).formatToParts(at);
  const read = (type: Intl.DateTimeFormatPartTypes) =>
    Number(parts.find((part) => part.type === type)?.value);
  const [year, month, day] = [read('year'), read('month'), read('day')];
  const weekday = new Date(Date.UTC(year, month - 1, day)).getUTCDay();
  return {
    year,
    month,
    day,
    weekday,
    hour: read('hour'),
    minute: read('minute'),
    second: read('second'),
  };
}

/** RFC 3339 as the clocks of `timeZone` show it: `2026-03-01T09:00:00+01:00`. */
export function formatWallTime(at: number, timeZone: string): string {
  const { year, month, day, hour, minute, second } = wallTime(at, timeZone);
  const shown = Date.UTC(year, month - 1, day, hour, minute, second);
  const offset = Math.round((shown - (at - (at % 1000))) / 60_000);
  const text = new Date(shown).toISOString().slice(0, 19);
  if (offset === 0) return `${text}Z`;
  const two = (n: number) => String(n).padStart(2, '0');
  const size = Math.abs(offset);
  return `${text}${offset < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}
