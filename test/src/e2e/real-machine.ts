import { startCluster } from '../testing/cluster.ts';
import type { Cluster, ClusterOptions } from '../testing/cluster.ts';
import { skip, whyNotRoot } from '../testing/skip.ts';
import { whyNoTools } from '../testing/tools.ts';

/** Skips a suite that needs real containers on this machine. */
export function needsRealMachine(context: Mocha.Context): void {
  const why = whyNotRoot() ?? whyNoTools();
  if (why) skip(context, why);
}

/**
 * A cluster of real containers for the suite around; the function gives it once a test runs. Hooks run in the order of
 * their registration: an `after` that needs the cluster has to stand before this call.
 */
export function useCluster(options: Omit<ClusterOptions, 'runtime'>): () => Cluster {
  let cluster: Cluster | undefined;
  before(async function () {
    needsRealMachine(this);
    cluster = await startCluster({ runtime: 'containerd', ...options });
  });
  after(() => cluster?.stop());
  return () => cluster!;
}

/** Generous: the machine may be busy with something else. */
export const patience = { withinMs: 90_000, everyMs: 250 };
