import type { Pod } from '@berth/api';
import type { Client, EventRecorder } from '@berth/client';
import type { Clock, Logger } from '@berth/component-base';
import { evictPod } from '../preemption/evict-pod.ts';
import { createSlots } from '../slots.ts';
import type { Gang } from './gangs.ts';
import { createPartialGangs } from './partial-gangs.ts';

export interface GangReleaserOptions {
  readonly client: Pick<Client, 'patch' | 'remove'>;
  readonly recorder: EventRecorder;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly gang: (key: string) => Gang | undefined;
}

/** Takes back the places of gangs that did not get as many as they need in time. */
export interface GangReleaser {
  /** To be told of whenever the gang's pods change. */
  look(gang: Gang): void;
  /** Begins nothing any more. */
  stop(): void;
  /** Resolves when what was begun has ended. */
  done(): Promise<void>;
}

/** As long as upstream lets pods wait for the others of their gang. */
const timeoutMs = 5 * 60_000;
const message =
  'the pods of its pod group that have a node are fewer than minCount, and have been for too long';

export function createGangReleaser(options: GangReleaserOptions): GangReleaser {
  const { client, recorder, clock, logger } = options;
  const partial = createPartialGangs(timeoutMs);
  const evictions = createSlots(Infinity);
  let timer: { readonly at: number; readonly cancel: () => void } | undefined;
  let isStopped = false;

  const arm = () => {
    const at = partial.nextExpiry;
    if (isStopped || at === undefined || (timer && timer.at <= at)) return;
    timer?.cancel();
    timer = { at, cancel: clock.after(Math.max(0, at - clock.now()), onTimer) };
  };
  const onTimer = () => {
    timer = undefined;
    for (const key of partial.expire(clock.now())) {
      const gang = options.gang(key);
      if (gang) release(gang);
    }
    arm();
  };
  const release = ({ key, minCount, placed }: Gang) => {
    logger.info('Took back the places of a pod group', {
      podGroup: key,
      pods: placed.size,
      minCount,
    });
    for (const { pod } of placed.values()) evictions.take(evict(pod));
  };
  const evict = async (pod: Pod): Promise<void> => {
    const { namespace = '', name } = pod.metadata;
    try {
      const saying = `${pod.spec.schedulerName}: ${message}`;
      if (!(await evictPod(pod, saying, { client, clock }))) return;
      recorder.event(pod, 'Warning', 'PodGroupTimeout', message, { action: 'Scheduling' });
    } catch (err) {
      // It comes up again after as long as this time.
      logger.error('Could not take back a place', { pod: `${namespace}/${name}`, err });
    }
  };

  return {
    look(gang) {
      partial.look(gang, clock.now());
      arm();
    },
    stop() {
      isStopped = true;
      timer?.cancel();
      timer = undefined;
    },
    done: () => evictions.done(),
  };
}
