import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './run.ts';
import type { Snapshotter } from './config.ts';

/**
 * Which snapshotter works for a root directory, found by trying: overlayfs where the kernel and the file system below
 * carry it (another overlay, for one, does not), else native, which copies whole layers.
 */
export async function detectSnapshotter(root: string): Promise<Snapshotter> {
  await mkdir(root, { recursive: true });
  const trial = await mkdtemp(join(root, 'overlay-trial-'));
  const [lower, upper, work, merged] = ['lower', 'upper', 'work', 'merged'].map((name) =>
    join(trial, name),
  ) as [string, string, string, string];
  try {
    for (const dir of [lower, upper, work, merged]) await mkdir(dir);
    const options = `lowerdir=${lower},upperdir=${upper},workdir=${work}`;
    await run('mount', ['-t', 'overlay', 'overlay', '-o', options, merged]);
    await run('umount', [merged]);
    return 'overlayfs';
  } catch {
    return 'native';
  } finally {
    await rm(trial, { recursive: true, force: true });
  }
}
