import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, readdir, rename, stat, unlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { stringifyJson } from '@berth/api';
import type { Clock, Logger } from '@berth/component-base';
import { planBackups } from './plan-backups.ts';

/** Takes events one after the other. */
export interface AuditSink {
  /** Resolves when the event is written. Never rejects: what cannot be written is told to the log of the server. */
  write(event: object): Promise<void>;
  close(): Promise<void>;
}

export interface AuditLogOptions {
  /** `-` is the standard output. */
  readonly path: string;
  /** A file that would grow beyond this many bytes is put aside first; never when 0. */
  readonly maxBytes: number;
  /** How many files are kept aside; all when 0. */
  readonly maxBackups: number;
  /** How long they are kept, in ms; for good when 0. */
  readonly maxAgeMs: number;
  /** What is put aside is compressed. */
  readonly compress: boolean;
  readonly clock: Clock;
  readonly logger: Logger;
}

const ownerOnly = 0o600;

/** Events as lines of JSON in a file that is put aside when it has grown, or on the standard output. */
export async function openAuditLog(options: AuditLogOptions): Promise<AuditSink> {
  const { path, logger } = options;
  const file = path === '-' ? standardOutput() : await openFile(options);
  let waiting: string[] = [];
  let writing: Promise<void> | undefined;

  /** What came while something was written goes together. */
  async function drain(): Promise<void> {
    const lines = waiting;
    waiting = [];
    writing = undefined;
    await file.append(lines.join(''));
  }
  let last: Promise<void> = Promise.resolve();
  return {
    write(event) {
      waiting.push(`${stringifyJson(event)}\n`);
      writing ??= last = last.then(drain).catch((err: unknown) => {
        logger.error('Failed to write audit events', { path, err });
      });
      return writing;
    },
    async close() {
      await last;
      await file.close();
    },
  };
}

interface Appendable {
  append(text: string): Promise<void>;
  close(): Promise<void>;
}

const standardOutput = (): Appendable => ({
  append: (text) => new Promise((resolve) => process.stdout.write(text, () => resolve())),
  close: () => Promise.resolve(),
});

async function openFile(options: AuditLogOptions): Promise<Appendable> {
  const { path, maxBytes, clock, logger } = options;
  await mkdir(dirname(path), { recursive: true });
  let handle: FileHandle = await open(path, 'a', ownerOnly);
  let size = (await handle.stat()).size;
  let tidying: Promise<void> = Promise.resolve();

  async function putAside(): Promise<void> {
    await handle.close();
    await rename(path, asidePath(path, clock.now()));
    handle = await open(path, 'a', ownerOnly);
    size = 0;
    tidying = tidying
      .then(() => tidy(options))
      .catch((err: unknown) => {
        logger.info('Failed to clear old audit logs away', { path, err });
      });
  }
  return {
    async append(text) {
      const bytes = Buffer.from(text);
      if (maxBytes > 0 && size > 0 && size + bytes.length > maxBytes) await putAside();
      await handle.appendFile(bytes);
      size += bytes.length;
    },
    async close() {
      await tidying;
      await handle.close();
    },
  };
}

/** `audit.log` put aside is `audit-2026-01-02T03-04-05.678.log`. */
function asidePath(path: string, now: number): string {
  const extension = extname(path);
  const time = new Date(now).toISOString().slice(0, -1).replaceAll(':', '-');
  return join(dirname(path), `${basename(path, extension)}-${time}${extension}`);
}

async function tidy(options: AuditLogOptions): Promise<void> {
  const { path, clock } = options;
  const names = await readdir(dirname(path));
  const plan = planBackups(basename(path), names, { ...options, now: clock.now() });
  for (const name of plan.remove) await unlink(join(dirname(path), name));
  for (const name of plan.compress) await compressed(join(dirname(path), name));
}

async function compressed(path: string): Promise<void> {
  const { mode } = await stat(path);
  await pipeline(
    createReadStream(path),
    createGzip(),
    createWriteStream(`${path}.gz`, { mode: mode & 0o777 }),
  );
  await unlink(path);
}
