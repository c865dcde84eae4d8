import { rm } from 'node:fs/promises';
import { optionalText, toggle } from '@berth/component-base';
import type { Environment } from '@berth/component-base';
import { clusterPaths } from '../data-dir.ts';
import { processContext, readFlags } from '../process.ts';
import { readState } from './cluster-state.ts';
import { endProcess } from './process-table.ts';
import { tearDown } from './tear-down.ts';
import { dataDirOf } from './up.ts';

const downFlags = {
  dataDir: optionalText('the data directory of the cluster', 'DIR'),
  purge: toggle(false, 'remove the data too'),
} as const;

/** An `up` that takes its cluster down itself needs this long at most. */
const supervisorLimitMs = 60_000;

/** `berth down`: everything that `up` started and made, gone. */
export async function runDown(argv: readonly string[], env: Environment): Promise<number> {
  const flags = readFlags('berth down [flags]', downFlags, argv, env);
  if (!flags) return 0;
  const paths = clusterPaths(dataDirOf(flags.dataDir));
  const { clock } = processContext('error');
  const state = await readState(paths.stateFile);
  if (state) {
    await endProcess(state.supervisor, { clock, limitMs: supervisorLimitMs });
    await tearDown(paths, (await readState(paths.stateFile)) ?? state, clock);
  }
  if (flags.purge) await rm(paths.dataDir, { recursive: true, force: true });
  process.stdout.write(state ? 'The cluster is down.\n' : 'There was no cluster to take down.\n');
  return 0;
}
