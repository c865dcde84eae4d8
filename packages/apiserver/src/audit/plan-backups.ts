import { extname } from 'node:path';

export interface BackupLimits {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** All when 0. */
  readonly maxBackups: number;
  /** For good when 0. */
  readonly maxAgeMs: number;
  readonly compress: boolean;
}

export interface BackupPlan {
  readonly remove: readonly string[];
  readonly compress: readonly string[];
}

/** Which of the `names` beside a log are files that were put aside of it, and what becomes of them. */
export function planBackups(
  log: string,
  names: readonly string[],
  { now, maxBackups, maxAgeMs, compress }: BackupLimits,
): BackupPlan {
  const newestFirst = names
    .flatMap((name) => {
      const time = timeOf(log, name);
      return time === undefined ? [] : [{ name, time }];
    })
    .sort((a, b) => b.time - a.time);
  const isOver = ({ time }: { readonly time: number }, index: number) =>
    (maxBackups > 0 && index >= maxBackups) || (maxAgeMs > 0 && time < now - maxAgeMs);
  const kept = newestFirst.filter((one, index) => !isOver(one, index));
  return {
    remove: newestFirst.filter(isOver).map(({ name }) => name),
    compress: compress ? kept.map(({ name }) => name).filter((name) => !name.endsWith('.gz')) : [],
  };
}

/** When a file was put aside, as its name says; undefined for other files. */
function timeOf(log: string, name: string): number | undefined {
  const extension = extname(log);
  const stem = `${log.slice(0, log.length - extension.length)}-`;
  const plain = name.endsWith('.gz') ? name.slice(0, -'.gz'.length) : name;
  if (!plain.startsWith(stem) || !plain.endsWith(extension)) return undefined;
  const text = plain.slice(stem.length, plain.length - extension.length);
  const [, date, hours, minutes, seconds] =
    /^(\d{4}-\d{2}-\d{2})T(\d{2})-(\d{2})-(\d{2}\.\d{3})$/.exec(text) ?? [];
  const time = Date.parse(`${date}T${hours}:${minutes}:${seconds}Z`);
  return Number.isNaN(time) ? undefined : time;
}
