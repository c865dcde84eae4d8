import { join, resolve } from 'node:path';
import { optionalText } from '@berth/component-base';
import type { Environment } from '@berth/component-base';
import { detectSnapshotter, importImage } from '@berth/cri';
import { clusterPaths, nodePaths } from '../data-dir.ts';
import { readFlags } from '../process.ts';
import { readState } from '../up/cluster-state.ts';
import { dataDirOf } from '../up/up.ts';

const loadFlags = {
  file: optionalText('an OCI or docker-save archive', 'FILE'),
  dataDir: optionalText('the data directory of the cluster', 'DIR'),
} as const;

/** `berth load FILE`: puts the images of an archive into the runtimes of this machine's nodes. */
export async function runLoad(argv: readonly string[], env: Environment): Promise<number> {
  const [first, ...rest] = argv;
  const named = first && !first.startsWith('-') ? ['--file', first, ...rest] : argv;
  const flags = readFlags('berth load FILE [flags]', loadFlags, named, env);
  if (!flags) return 0;
  if (!flags.file) throw new Error('which archive? berth load FILE');
  const paths = clusterPaths(dataDirOf(flags.dataDir));
  const state = await readState(paths.stateFile);
  if (!state) throw new Error(`no cluster runs from ${paths.dataDir}`);
  if (state.runtime === 'simulated') {
    process.stdout.write('Simulated nodes have every image already.\n');
    return 0;
  }
  const archive = resolve(flags.file);
  const snapshotter = await detectSnapshotter(join(paths.nodes, 'snapshotter'));
  for (const name of state.nodes) {
    const { socket } = nodePaths(paths, name);
    const refs = await importImage({ socket, snapshotter, archive });
    for (const ref of refs) process.stdout.write(`${ref} loaded into ${name}\n`);
  }
  return 0;
}
