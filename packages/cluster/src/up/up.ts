import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Environment } from '@berth/component-base';
import { clusterPaths } from '../data-dir.ts';
import { readFlags } from '../process.ts';
import { readState } from './cluster-state.ts';
import { upFlags } from './options.ts';
import { isRunning } from './process-table.ts';

/** How this very program is started again. */
export type Self = readonly [string, ...string[]];

/** `berth up`: a whole cluster on this machine. Says so and does nothing when the cluster is up already. */
export async function runUp(
  argv: readonly string[],
  env: Environment,
  signal: AbortSignal,
  self: Self,
): Promise<number> {
  const options = readFlags('berth up [flags]', upFlags, argv, env);
  if (!options) return 0;
  const paths = clusterPaths(dataDirOf(options.dataDir));
  const state = await readState(paths.stateFile);
  if (state && (await isRunning(state.supervisor))) {
    process.stdout.write(`The cluster is up already: ${state.server}\n`);
    return 0;
  }
  if (options.detach) {
    const { detach } = await import('./detach.ts');
    return detach(argv, env, paths, self, signal);
  }
  const { stayUp } = await import('./stay-up.ts');
  return stayUp({ options, paths, self, signal, stale: state });
}

export function dataDirOf(given: string | undefined): string {
  if (given) return resolve(given);
  return process.getuid?.() === 0 ? '/var/lib/berth' : join(homedir(), '.local/share/berth');
}
