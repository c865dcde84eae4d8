import { sleep } from '@berth/component-base';
import type { Clock } from '@berth/component-base';
import { open, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';

import type { LogOptions } from './control-plane.ts';
import { parseLogLine, shownLine, splitLines } from './log-format.ts';
import type { LogLine } from './log-format.ts';

export interface LogReaderOptions {
  readonly clock: Clock;
  /** Whether the container may still write. */
  readonly isRunning: () => Promise<boolean>;
}

const blockBytes = 64 * 1024;
const pollMs = 200;
/** How often to ask whether a silent container still runs. */
const pollsPerCheck = 5;

/** The log of a container as its user sees it: the runtime's own words before each line are taken off. */
export async function* readLog(
  path: string,
  options: Omit<LogOptions, 'previous'>,
  reader: LogReaderOptions,
  signal: AbortSignal,
): AsyncIterable<Uint8Array> {
  let left = options.limitBytes ?? Infinity;
  let goesOn = false;
  for await (const line of rawLines(path, options, reader, signal)) {
    const parsed = parseLogLine(line);
    if (!parsed) continue;
    // A long line comes in parts, and has one time: that of its first.
    const isTimed = options.timestamps && !goesOn;
    goesOn = parsed.partial && parsed.text.length > 0;
    if (isTooOld(parsed, options.sinceMs)) continue;
    const bytes = shown(parsed, isTimed).subarray(0, left);
    left -= bytes.length;
    if (bytes.length > 0) yield bytes;
    if (left <= 0) return;
  }
}

const isTooOld = ({ time }: LogLine, sinceMs: number | undefined) =>
  sinceMs !== undefined && Date.parse(time) < sinceMs;

const newline = 0x0a;

const shown = (line: LogLine, isTimed: boolean): Uint8Array =>
  isTimed ? Buffer.concat([Buffer.from(`${line.time} `), shownLine(line)]) : shownLine(line);

async function* rawLines(
  path: string,
  { follow, tailLines }: Pick<LogOptions, 'follow' | 'tailLines'>,
  { clock, isRunning }: LogReaderOptions,
  signal: AbortSignal,
): AsyncIterable<Uint8Array> {
  let file = await open(path, 'r');
  try {
    let position = tailLines === undefined ? 0 : await tailStart(file, tailLines);
    let rest: Uint8Array = new Uint8Array();
    let quiet = 0;
    let ended = !follow;
    while (!signal.aborted) {
      const { bytesRead, buffer } = await file.read(
        Buffer.alloc(blockBytes),
        0,
        blockBytes,
        position,
      );
      position += bytesRead;
      const split = splitLines(Buffer.concat([rest, buffer.subarray(0, bytesRead)]));
      rest = split.rest;
      yield* split.lines;
      if (bytesRead > 0) {
        quiet = 0;
        continue;
      }
      if (ended) return;
      const next = await successor(path, file);
      if (next) {
        await file.close();
        [file, position, rest] = [next, 0, new Uint8Array()];
        continue;
      }
      quiet += 1;
      // Once it has ended, one more read gets what it wrote last.
      if (quiet % pollsPerCheck === 0) ended = !(await isRunning());
      else await sleep(clock, pollMs, signal);
    }
  } finally {
    await file.close();
  }
}

/** The file that took the place of the one being read, after a rotation. */
async function successor(path: string, file: FileHandle): Promise<FileHandle | undefined> {
  const [now, held] = await Promise.all([stat(path).catch(() => undefined), file.stat()]);
  return now && now.ino !== held.ino ? open(path, 'r').catch(() => undefined) : undefined;
}

/** Where the last `lines` lines begin. */
async function tailStart(file: FileHandle, lines: number): Promise<number> {
  const { size } = await file.stat();
  if (lines <= 0) return size;
  let wanted = lines;
  // The newline that ends the last line does not begin another one.
  let end = size;
  let isLast = true;
  while (end > 0) {
    const from = Math.max(0, end - blockBytes);
    const { buffer } = await file.read(Buffer.alloc(end - from), 0, end - from, from);
    for (let at = buffer.length - 1; at >= 0; at -= 1) {
      if (buffer[at] !== newline) continue;
      if (isLast && from + at === size - 1) isLast = false;
      else if (--wanted === 0) return from + at + 1;
    }
    end = from;
  }
  return 0;
}
