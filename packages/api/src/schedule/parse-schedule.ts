import { parseDuration } from '../duration.ts';

/** The values that one field of a schedule lets through. */
export interface ScheduleField {
  readonly values: ReadonlySet<number>;
  /** Written as a star, which leaves the choice to the other field where two speak of days. */
  readonly isAny: boolean;
}

/** When something is to happen: at times that fit all fields, or again and again after the same time. */
export type Schedule =
  | {
      readonly kind: 'times';
      readonly minute: ScheduleField;
      readonly hour: ScheduleField;
      readonly dayOfMonth: ScheduleField;
      /** From 1, January. */
      readonly month: ScheduleField;
      /** From 0, Sunday. With a day of the month, too, either of them is enough. */
      readonly dayOfWeek: ScheduleField;
      /** Named in the schedule itself, as it is no longer done. */
      readonly timeZone?: string;
    }
  | { readonly kind: 'every'; readonly milliseconds: number };

/** What is wrong with a schedule, in the words of the parser that upstream uses. */
export class ScheduleError extends Error {
  override readonly name = 'ScheduleError';
}

interface Bounds {
  readonly min: number;
  readonly max: number;
  readonly names: readonly string[];
}

const months = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');
const days = 'sun mon tue wed thu fri sat'.split(' ');

const bounds = {
  minute: { min: 0, max: 59, names: [] },
  hour: { min: 0, max: 23, names: [] },
  dayOfMonth: { min: 1, max: 31, names: [] },
  month: { min: 1, max: 12, names: months },
  dayOfWeek: { min: 0, max: 6, names: days },
} as const satisfies Readonly<Record<string, Bounds>>;

const shorthands: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

/** Reads the schedule of a CronJob: five fields, `@daily` and its like, or `@every 1h30m`. Throws a ScheduleError. */
export function parseSchedule(text: string): Schedule {
  if (text === '') throw new ScheduleError('empty spec string');
  const zoned = /^(?:CRON_)?TZ=(\S*)\s*(.*)$/s.exec(text);
  const [timeZone, spec] = zoned ? [zoned[1] ?? '', zoned[2] ?? ''] : [undefined, text];
  if (timeZone !== undefined && !isTimeZone(timeZone))
    throw new ScheduleError(`provided bad location ${timeZone}: unknown time zone ${timeZone}`);
  const schedule = spec.startsWith('@') ? parseDescriptor(spec) : parseFields(spec);
  return schedule.kind === 'times' && timeZone ? { ...schedule, timeZone } : schedule;
}

/** Whether a name stands for a time zone; case matters, although it does not to the runtime. */
export function isTimeZone(name: string): boolean {
  try {
    const known = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
    return known === name || known.toLowerCase() !== name.toLowerCase();
  } catch {
    return false;
  }
}

const every = '@every ';

function parseDescriptor(spec: string): Schedule {
  const fields = Object.hasOwn(shorthands, spec) ? shorthands[spec] : undefined;
  if (fields !== undefined) return parseFields(fields);
  if (!spec.startsWith(every)) throw new ScheduleError(`unrecognized descriptor: ${spec}`);
  const milliseconds = readDuration(spec);
  return { kind: 'every', milliseconds: Math.max(1000, milliseconds - (milliseconds % 1000)) };
}

function readDuration(spec: string): number {
  try {
    return parseDuration(spec.slice(every.length));
  } catch (err) {
    throw new ScheduleError(`failed to parse duration ${spec}: ${(err as Error).message}`);
  }
}

function parseFields(spec: string): Schedule {
  const fields = spec.split(/\s+/).filter((field) => field !== '');
  const [minute = '', hour = '', dayOfMonth = '', month = '', dayOfWeek = ''] = fields;
  if (fields.length !== 5) {
    const found = `found ${fields.length}: [${fields.join(' ')}]`;
    throw new ScheduleError(`expected exactly 5 fields, ${found}`);
  }
  return {
    kind: 'times',
    minute: parseField(minute, bounds.minute),
    hour: parseField(hour, bounds.hour),
    dayOfMonth: parseField(dayOfMonth, bounds.dayOfMonth),
    month: parseField(month, bounds.month),
    dayOfWeek: parseField(dayOfWeek, bounds.dayOfWeek),
  };
}

function parseField(field: string, limits: Bounds): ScheduleField {
  const ranges = field
    .split(',')
    .filter((part) => part !== '')
    .map((part) => parseRange(part, limits));
  return {
    values: new Set(ranges.flatMap(({ values }) => values)),
    isAny: ranges.some(({ isAny }) => isAny),
  };
}

interface Range {
  readonly values: readonly number[];
  readonly isAny: boolean;
}

/** `*`, `5`, `1-5`, each with `/step`; `5/10` goes on to the end. */
function parseRange(text: string, limits: Bounds): Range {
  const [range = '', stepText, ...tooMany] = text.split('/');
  const [low = '', high, ...further] = range.split('-');
  const isStar = low === '*' || low === '?';
  const start = isStar ? limits.min : readNumber(low, limits);
  const last = isStar ? limits.max : high === undefined ? start : readNumber(high, limits);
  if (!isStar && further.length > 0) throw new ScheduleError(`too many hyphens: ${text}`);
  const step = stepText === undefined ? 1 : readInteger(stepText);
  if (tooMany.length > 0) throw new ScheduleError(`too many slashes: ${text}`);
  const end = stepText !== undefined && high === undefined ? limits.max : last;
  refuseOutside(text, { start, end, step }, limits);
  const values = [];
  for (let value = start; value <= end; value += step) values.push(value);
  return { values, isAny: isStar && step === 1 };
}

function refuseOutside(
  text: string,
  { start, end, step }: { readonly start: number; readonly end: number; readonly step: number },
  { min, max }: Bounds,
): void {
  if (start < min)
    throw new ScheduleError(`beginning of range (${start}) below minimum (${min}): ${text}`);
  if (end > max) throw new ScheduleError(`end of range (${end}) above maximum (${max}): ${text}`);
  if (start > end)
    throw new ScheduleError(`beginning of range (${start}) beyond end of range (${end}): ${text}`);
  if (step === 0) throw new ScheduleError(`step of range should be a positive number: ${text}`);
}

function readNumber(text: string, { min, names }: Bounds): number {
  const name = names.indexOf(text.toLowerCase());
  return name < 0 ? readInteger(text) : name + min;
}

function readInteger(text: string): number {
  if (!/^[-+]?\d{1,15}$/.test(text)) {
    const why = `strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`;
    throw new ScheduleError(`failed to parse int from ${text}: ${why}`);
  }
  const number = Number(text);
  if (number < 0) throw new ScheduleError(`negative number (${number}) not allowed: ${text}`);
  return number;
}
