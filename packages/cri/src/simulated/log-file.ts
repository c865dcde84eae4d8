import { appendFile, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock } from '@berth/component-base';
import type { OutputStream } from './programs/process.ts';

/** A container's log in CRI's form: `<time> stdout F <line>`. */
export interface LogFile {
  write(stream: OutputStream, data: Uint8Array): void;
  /** Writes what is left of an unfinished line; resolves when everything is in the file. */
  end(): Promise<void>;
}

export type OpenLog = (path: string) => Promise<LogFile>;

/** For simulations that touch no disk. */
export const noLog: OpenLog = async () => ({
  write: () => undefined,
  end: async () => undefined,
});

/** Longer lines are written in parts, as containerd does. */
const maxLine = 16 * 1024;

/**
 * Every write opens the file by its name, so that a rotated log goes on in a new file by itself. Failures to write are
 * reported and do not touch the container.
 */
export async function createLogFile(
  path: string,
  clock: Clock,
  failed: (err: unknown) => void,
): Promise<LogFile> {
  const unfinished = new Map<OutputStream, Buffer>();
  let waiting = '';
  let writing: Promise<void> | undefined;

  const line = (stream: OutputStream, tag: 'F' | 'P', text: Buffer) => {
    waiting += `${formatNanoTime(clock.now())} ${stream} ${tag} ${text.toString()}\n`;
  };
  const flush = async () => {
    while (waiting) {
      const batch = waiting;
      waiting = '';
      await appendFile(path, batch, { mode: 0o640 }).catch(failed);
    }
  };
  const kick = () => {
    if (writing || !waiting) return;
    writing = flush().then(() => {
      writing = undefined;
      kick();
    });
  };

  await mkdir(dirname(path), { recursive: true });
  await appendFile(path, '', { mode: 0o640 });
  return {
    write(stream, data) {
      let rest = Buffer.concat([unfinished.get(stream) ?? Buffer.alloc(0), data]);
      for (;;) {
        const end = rest.indexOf('\n');
        const whole = end >= 0 && end <= maxLine;
        if (!whole && rest.length <= maxLine) break;
        line(stream, whole ? 'F' : 'P', rest.subarray(0, whole ? end : maxLine));
        rest = rest.subarray(whole ? end + 1 : maxLine);
      }
      unfinished.set(stream, rest);
      kick();
    },
    async end() {
      for (const [stream, rest] of unfinished) if (rest.length > 0) line(stream, 'F', rest);
      unfinished.clear();
      kick();
      while (writing) await writing;
    },
  };
}

const formatNanoTime = (ms: number) => `${new Date(ms).toISOString().slice(0, -1)}000000Z`;
