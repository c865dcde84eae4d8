import { goQuote } from './go-quote.ts';
import { badRequest } from './status.ts';

/** Milliseconds per unit of a Go duration, smallest first. */
const units: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** Reads a Go duration (`1h30m`, `-1.5s`, `0`) into milliseconds. Throws a BadRequest in Go's words. */
export function parseDuration(text: string): number {
  const refuse = (why: string) => badRequest(`time: ${why} ${goQuote(text)}`);
  const rest = text.replace(/^[-+]/, '');
  if (rest === '0') return 0;
  if (rest === '') throw refuse('invalid duration');
  let total = 0;
  let left = rest;
  while (left !== '') {
    const match = /^(\d+\.?\d*|\.\d+)([^\d.]*)/.exec(left);
    if (!match) throw refuse('invalid duration');
    const [part, amount = '', unit = ''] = match;
    if (unit === '') throw refuse('missing unit in duration');
    const factor = units[unit];
    if (factor === undefined) throw refuse(`unknown unit ${goQuote(unit)} in duration`);
    total += Number(amount) * factor;
    left = left.slice(part.length);
  }
  return text.startsWith('-') ? -total : total;
}

/** Prints milliseconds as Go does: `1h30m0s`, `1.5s`, `100ms`, `0s`. Finer than a nanosecond is dropped. */
export function formatDuration(ms: number): string {
  if (ms < 0) return `-${formatDuration(-ms)}`;
  const nanos = Math.trunc(Number((ms * 1e6).toPrecision(15)));
  if (nanos === 0) return '0s';
  if (nanos < 1e3) return `${nanos}ns`;
  if (nanos < 1e6) return `${fraction(nanos, 1e3)}µs`;
  if (nanos < 1e9) return `${fraction(nanos, 1e6)}ms`;
  const hours = Math.floor(nanos / 3.6e12);
  const minutes = Math.floor(nanos / 6e10) % 60;
  const seconds = `${fraction(nanos % 6e10, 1e9)}s`;
  if (hours > 0) return `${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${minutes}m${seconds}` : seconds;
}

/** An integer number of nanoseconds divided by a power of ten, without a detour through binary fractions. */
function fraction(nanos: number, unit: number): string {
  const digits = String(unit).length - 1;
  const rest = String(nanos % unit)
    .padStart(digits, '0')
    .replace(/0+$/, '');
  const whole = String(Math.floor(nanos / unit));
  return rest ? `${whole}.${rest}` : whole;
}

/** An age as kubectl prints it: two or three figures (`75s`, `5m10s`, `3h20m`, `2d4h`, `400d`). */
export function humanDuration(ms: number): string {
  const seconds = Math.trunc(ms / 1000);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return two(minutes, 'm', seconds % 60, 's');
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 8) return two(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(hours / 24);
  if (days < 8) return two(days, 'd', hours % 24, 'h');
  if (days < 2 * 365) return `${days}d`;
  const years = Math.floor(days / 365);
  return days < 8 * 365 ? two(years, 'y', days % 365, 'd') : `${years}y`;
}

const two = (large: number, largeUnit: string, small: number, smallUnit: string) =>
  small === 0 ? `${large}${largeUnit}` : `${large}${largeUnit}${small}${smallUnit}`;
