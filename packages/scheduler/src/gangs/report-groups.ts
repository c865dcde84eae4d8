import { podGroups } from '@berth/api';
import type { PodGroup } from '@berth/api';
import type { Client } from '@berth/client';
import type { Clock, Logger } from '@berth/component-base';
import { createSlots } from '../slots.ts';
import { planGroupCondition } from './group-condition.ts';
import type { GroupOutcome } from './group-condition.ts';

export interface GroupReporterOptions {
  readonly client: Pick<Client, 'patch'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Writes down on PodGroups what became of them. */
export interface GroupReporter {
  /** Returns at once; what cannot be written is left, and comes up again with the next attempt. */
  report(group: PodGroup, outcome: GroupOutcome): void;
  /** Resolves when nothing is being written. */
  done(): Promise<void>;
}

export function createGroupReporter({
  client,
  clock,
  logger,
}: GroupReporterOptions): GroupReporter {
  const writes = createSlots(Infinity);
  const write = async (group: PodGroup, outcome: GroupOutcome): Promise<void> => {
    const condition = planGroupCondition(group, outcome, clock.now());
    if (!condition) return;
    const { uid, name } = group.metadata;
    const patch = { metadata: { uid }, status: { conditions: [condition] } };
    try {
      await client.patch(podGroups, group.metadata, 'strategic', patch, { subresource: 'status' });
    } catch (err) {
      logger.debug('Could not report a pod group', { podGroup: name, err });
    }
  };
  return {
    report: (group, outcome) => void writes.take(write(group, outcome)),
    done: () => writes.done(),
  };
}
