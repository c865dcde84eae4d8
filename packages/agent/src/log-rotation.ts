import { sleep } from '@berth/component-base';
import type { Clock, Logger } from '@berth/component-base';
import type { RuntimeService } from '@berth/cri';
import { createReadStream, createWriteStream } from 'node:fs';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

export interface RotationOptions {
  readonly runtime: RuntimeService;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly maxBytes: number;
  /** The present file counts. */
  readonly maxFiles: number;
}

const intervalMs = 10_000;

/** Keeps the logs of running containers small until `signal` aborts. */
export async function runLogRotation(options: RotationOptions, signal: AbortSignal): Promise<void> {
  const { runtime, clock, logger } = options;
  for (;;) {
    await sleep(clock, intervalMs, signal);
    if (signal.aborted) return;
    try {
      const containers = await runtime.listContainers(undefined, signal);
      for (const { id, state } of containers) {
        if (state === 'CONTAINER_RUNNING') await rotateLog(options, id);
      }
    } catch (err) {
      logger.debug('Failed to rotate logs', { err });
    }
  }
}

/** Moves a log that has grown too long aside and lets the runtime begin another one. */
export async function rotateLog(options: RotationOptions, containerId: string): Promise<void> {
  const { runtime, clock, maxBytes, maxFiles } = options;
  const { logPath } = await runtime.containerStatus(containerId);
  const size = (await stat(logPath).catch(() => undefined))?.size ?? 0;
  if (size < maxBytes) return;
  // The one that is moved aside now takes one place, the present file another.
  await tidy(logPath, Math.max(0, maxFiles - 2));
  const stamp = new Date(clock.now()).toISOString().slice(0, 19).replaceAll(/[-:T]/g, '');
  const aside = `${logPath}.${stamp.slice(0, 8)}-${stamp.slice(8)}`;
  await rename(logPath, aside);
  try {
    await runtime.reopenContainerLog(containerId);
  } catch (err) {
    await rename(aside, logPath);
    throw err;
  }
}

/** Removes all but the newest rotated files and compresses those. */
async function tidy(logPath: string, keep: number): Promise<void> {
  const dir = dirname(logPath);
  const prefix = `${basename(logPath)}.`;
  const rotated = (await readdir(dir)).filter((name) => name.startsWith(prefix)).sort();
  const old = rotated.slice(0, Math.max(0, rotated.length - keep));
  for (const name of old) await rm(join(dir, name), { force: true });
  for (const name of rotated.slice(old.length)) {
    if (!name.endsWith('.gz')) await compress(join(dir, name));
  }
}

async function compress(path: string): Promise<void> {
  const draft = `${path}.tmp`;
  await pipeline(createReadStream(path), createGzip(), createWriteStream(draft));
  await rename(draft, `${path}.gz`);
  await rm(path, { force: true });
}
