import {
  createClusterState,
  createEngine,
  createPreemptionPlanner,
  defaultPlugins,
} from '@berth/scheduler';
import { arbitraryHistory, liveThrough } from '@berth/scheduler/testing';
import fc from 'fast-check';
import type { Row } from './rows.ts';

/** Histories that are made at a time. */
const batch = 50;
const arbitrary = arbitraryHistory({
  rules: new Set(['spread', 'affinity', 'volumes']),
  steps: 40,
  probes: 4,
});

/** Decisions of the scheduler along random histories of small clusters, each compared with the model of upstream's rules. */
export function compareWithOracle(decisions: number, seed: number): readonly Row[] {
  let made = 0;
  let histories = 0;
  const differences: string[] = [];
  while (made < decisions) {
    const options = { numRuns: batch, seed: seed + histories };
    histories += batch;
    for (const history of fc.sample(arbitrary, options)) {
      const plugins = defaultPlugins;
      const state = createClusterState();
      const engine = createEngine({ state, plugins });
      const planner = createPreemptionPlanner({ state, engine, plugins });
      try {
        made += liveThrough(history, { state, engine, plugins, planner });
      } catch (err) {
        // The rest of a history that went wrong says nothing more.
        made += 1;
        differences.push(`from seed ${options.seed}: ${String(err)}`);
      }
    }
  }
  const [first = ''] = differences;
  return [
    {
      name: `${made} decisions against the oracle from seed ${seed}`,
      value: `${differences.length} differ`,
      goal: { text: '0', met: differences.length === 0 },
      ...(first ? { note: first } : {}),
    },
  ];
}
