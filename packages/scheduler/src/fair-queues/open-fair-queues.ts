import { isDeepEqual, queues } from '@berth/api';
import type { Clock, Logger } from '@berth/component-base';
import type { Client, InformerFactory } from '@berth/client';
import type { ClusterState } from '../cluster-state.ts';
import type { Engine } from '../engine/engine.ts';
import type { GroupOf } from '../gangs/disruption-units.ts';
import type { PreemptionPlanner } from '../preemption/plan-preemption.ts';
import type { Profile } from '../profiles.ts';
import type { SchedulingQueueOptions } from '../queue.ts';
import { createClaims } from './claims.ts';
import { createFairQueues } from './fair-queues.ts';
import type { FairQueues, FairQueuesOptions } from './fair-queues.ts';
import { defaultQueuesOf } from './queue-view.ts';
import { createReclaimPlanner, planInTurn } from './reclaim-planner.ts';
import { createQueueReporter } from './report-queues.ts';

export interface OpenFairQueuesOptions extends Pick<FairQueuesOptions, 'letGo'> {
  readonly profiles: readonly Profile[];
  readonly state: ClusterState;
  readonly informers: InformerFactory;
  readonly client: Pick<Client, 'patch'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly groupOf: GroupOf;
  /** What pods are entitled to has changed; those that are held are let go apart from that. */
  readonly onEntitled: () => void;
}

/** What a scheduler's loop does with queues. */
export interface OpenFairQueues {
  readonly hold: FairQueues;
  /** The state to write what happens into. */
  readonly state: ClusterState;
  readonly turns: NonNullable<SchedulingQueueOptions['turns']>;
  /** Who makes room for pods of the profile, held or not; `preemption` is what it has beside its queues. */
  planners(
    profile: Profile,
    engine: Engine,
    preemption: PreemptionPlanner | undefined,
  ): { readonly planner?: PreemptionPlanner; readonly reclaim?: PreemptionPlanner };
  /** From now on it is told of the Queue objects there are. */
  watch(): void;
  close(): void;
}

/** Undefined when no profile has queues: then nothing of them is paid for. */
export function openFairQueues(options: OpenFairQueuesOptions): OpenFairQueues | undefined {
  const { profiles, state, informers, client, clock, logger, letGo, groupOf, onEntitled } = options;
  const defaults = defaultQueuesOf(profiles);
  if (defaults.size === 0) return undefined;
  const claims = createClaims(defaults);
  const hold = createFairQueues({ claims, letGo, onChange: () => reporter.changed() });
  const reporter = createQueueReporter({ client, clock, logger, standings: hold.standings });
  return {
    hold,
    state: hold.counting(state),
    turns: { create: hold.turns, turnOf: hold.turnOf },
    planners(profile, engine, preemption) {
      if (!profile.queues?.reclaims) return preemption ? { planner: preemption } : {};
      const { books } = hold;
      const reclaim = createReclaimPlanner({ state, engine, books, groupOf, claimOf: claims.of });
      const isAwaiting = ({ key }: { readonly key: string }) => books.awaited(key) > 0;
      return { planner: planInTurn(preemption, reclaim, isAwaiting), reclaim };
    },
    watch() {
      informers.informer(queues).addHandler({
        added(queue) {
          hold.setQueue(queue);
          onEntitled();
        },
        updated(before, queue) {
          hold.setQueue(queue);
          if (!isDeepEqual(before.spec, queue.spec)) onEntitled();
        },
        deleted(queue) {
          hold.removeQueue(queue);
          onEntitled();
        },
      });
    },
    close: reporter.close,
  };
}
