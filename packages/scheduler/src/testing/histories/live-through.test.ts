import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createClusterState } from '../../cluster-state.ts';
import { createEngine } from '../../engine/engine.ts';
import { defaultPlugins } from '../../profiles.ts';
import { createPreemptionPlanner } from '../../preemption/plan-preemption.ts';
import { arbitraryHistory } from './history.ts';
import { liveThrough } from './live-through.ts';

describe('the engine and the preemption planner', () => {
  it('say what the oracle says, after every step of many histories', () => {
    const histories = arbitraryHistory({
      rules: new Set(['spread', 'affinity']),
      steps: 40,
      probes: 2,
    });
    let decisions = 0;
    fc.assert(
      fc.property(histories, (history) => {
        const state = createClusterState();
        const plugins = defaultPlugins;
        const engine = createEngine({ state, plugins });
        const planner = createPreemptionPlanner({ state, engine, plugins });
        decisions += liveThrough(history, { state, engine, plugins, planner });
      }),
      { numRuns: 180 },
    );
    assert.ok(decisions > 8_000, `${decisions}`);
  });
});
