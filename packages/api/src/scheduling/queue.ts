import type { ObjectMeta } from '../gen/types.ts';
import type { Schema } from '../schema.ts';

type Quantities = Readonly<Record<string, string>>;

/** Whose pods may be evicted for pods of a queue. */
export interface QueuePreemption {
  /** Those of queues of its cohort that have more than their quota, when this one asks for its own. `Any` by default. */
  readonly reclaimWithinCohort?: 'Never' | 'LowerPriority' | 'Any';
  /** Those of its own, when it is at its limit. `Never` by default. */
  readonly withinQueue?: 'Never' | 'LowerPriority';
}

export interface QueueSpec {
  /** A queue of weight 2 gets twice what one of weight 1 gets. 1 by default. */
  readonly weight?: number;
  /** Queues of one cohort lend each other what they do not use. */
  readonly cohort?: string;
  /** What is guaranteed, by resource; a resource that is not named is not limited. */
  readonly nominalQuota?: Quantities;
  /** How much above its quota it may go while others do not need it; without a limit, as far as the cohort goes. */
  readonly borrowingLimit?: Quantities;
  readonly preemption?: QueuePreemption;
}

export interface QueueStatus {
  /** What its pods on nodes ask for. */
  readonly allocated?: Quantities;
  /** The largest part of the cluster that they have, of any resource, divided by the weight. */
  readonly dominantShare?: string;
  readonly admittedPods?: number;
  readonly pendingPods?: number;
}

/** What a group of pods is entitled to. */
export interface Queue {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: ObjectMeta;
  readonly spec: QueueSpec;
  readonly status?: QueueStatus;
}

/** The label by which a pod names its queue. */
export const queueNameLabel = 'scheduling.berth.dev/queue-name';

const apiVersion: Schema = {
  type: 'string',
  description: 'The version of the schema of this object.',
};
const kind: Schema = {
  type: 'string',
  description: 'What this object is.',
};
const quantities = (description: string): Schema => ({
  type: 'object',
  description,
  additionalProperties: { type: 'string', format: 'quantity' },
});

/** The kind of a project of its own has no generated definitions. */
export const queueDefinitions: Readonly<Record<string, Schema>> = {
  Queue: {
    description:
      'Queue says what a group of pods is entitled to. Pods name it by the label scheduling.berth.dev/queue-name.',
    properties: {
      apiVersion,
      kind,
      metadata: { ref: 'ObjectMeta', description: 'Standard metadata of objects.' },
      spec: { ref: 'QueueSpec', description: 'What is wanted.' },
      status: { ref: 'QueueStatus', description: 'What is. The scheduler writes it.' },
    },
  },
  QueueList: {
    description: 'QueueList is a list of queues.',
    properties: {
      apiVersion,
      items: { type: 'array', items: { ref: 'Queue' }, description: 'The queues.' },
      kind,
      metadata: { ref: 'ListMeta', description: 'Standard metadata of lists.' },
    },
    required: ['items'],
  },
  QueuePreemption: {
    description: 'QueuePreemption says whose pods may be evicted for pods of a queue.',
    properties: {
      reclaimWithinCohort: {
        type: 'string',
        enum: ['Any', 'LowerPriority', 'Never'],
        description:
          'Which pods of queues of its cohort that have more than their quota have to go when this queue asks for its own: any, those of lower priority, or none. Any by default.',
      },
      withinQueue: {
        type: 'string',
        enum: ['LowerPriority', 'Never'],
        description:
          'Which pods of the queue itself have to go when it is at its limit: those of lower priority, or none. Never by default.',
      },
    },
  },
  QueueSpec: {
    description: 'QueueSpec is what is wanted of a queue.',
    properties: {
      borrowingLimit: quantities(
        'How much above its quota the queue may go, by resource, while others of its cohort do not need it. Without a limit it may go as far as the quotas of the cohort together.',
      ),
      cohort: {
        type: 'string',
        description:
          'Queues of one cohort lend each other what they do not use of their quotas. A queue without one borrows nothing.',
      },
      nominalQuota: quantities(
        'What the queue is guaranteed, by resource. A resource that is not named here is not limited.',
      ),
      preemption: {
        ref: 'QueuePreemption',
        description: 'Whose pods may be evicted for pods of this queue.',
      },
      weight: {
        type: 'integer',
        format: 'int32',
        description:
          'How much of the cluster the queue gets in relation to others: a queue of weight 2 gets twice what one of weight 1 gets. 1 by default.',
      },
    },
  },
  QueueStatus: {
    description: 'QueueStatus is how a queue stands.',
    properties: {
      admittedPods: {
        type: 'integer',
        format: 'int32',
        description: 'Pods of the queue that have a node.',
      },
      allocated: quantities('What the pods that have a node ask for, by resource.'),
      dominantShare: {
        type: 'string',
        format: 'quantity',
        description:
          'The largest part of the cluster that the queue has, of any resource, divided by its weight: 1 is all of it at weight 1.',
      },
      pendingPods: {
        type: 'integer',
        format: 'int32',
        description: 'Pods of the queue that wait for a node.',
      },
    },
  },
};
