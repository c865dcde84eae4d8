import { flowSchemas, priorityLevelConfigurations } from '@berth/api';
import type { FlowSchema, KubeObject, ObjectMeta, PriorityLevelConfiguration } from '@berth/api';
import { formatTime, sleep } from '@berth/component-base';
import type { Clock, Logger } from '@berth/component-base';
import { follow } from '../follow.ts';
import type { Sink } from '../follow.ts';
import type { Registry } from '../registry/registry.ts';
import { compileSchemas } from './classify.ts';
import type { Classifiable, Flow } from './classify.ts';
import { mandatoryLevels, mandatorySchemas, suggestedLevels, suggestedSchemas } from './objects.ts';
import { createSeats } from './seats.ts';
import type { Seats } from './seats.ts';

export interface FlowControlOptions {
  readonly registry: Pick<Registry, 'store'>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  /** Requests that the server runs at once. */
  readonly seats: number;
}

/** Which requests are alike, and how many of each kind run; kept as the objects of the cluster say. */
export interface FlowControl {
  readonly seats: Seats;
  classify(request: Classifiable): Flow;
  /** Follows the objects until `signal` aborts; what every cluster begins with counts until they are known. */
  run(signal: AbortSignal): Promise<void>;
}

export function createFlowControl(options: FlowControlOptions): FlowControl {
  const seats = createSeats(options.seats);
  const levels = createNamed(builtin<PriorityLevelConfiguration>(mandatoryLevels, suggestedLevels));
  const schemas = createNamed(builtin<FlowSchema>(mandatorySchemas, suggestedSchemas));
  let flows: readonly Flow[] = [];

  /** A schema whose level does not exist counts for nothing. */
  const digest = () => {
    const known = withMandatory(levels.values(), mandatoryLevels);
    const present = new Set(known.map(({ metadata }) => metadata.name));
    flows = compileSchemas(withMandatory(schemas.values(), mandatorySchemas)).filter(({ level }) =>
      present.has(level),
    );
    seats.configure(known);
  };
  digest();

  return {
    seats,
    classify(request) {
      // The last of the mandatory schemas takes everything.
      const last = flows.at(-1);
      if (!last) throw new Error('there is no flow schema');
      return flows.find((flow) => flow.matches(request)) ?? last;
    },
    async run(signal) {
      const { registry, ...rest } = options;
      const tell = oneAtATime(async () => {
        await sleep(options.clock, tellingDelayMs, signal);
        await tellDangling(options, schemas.values(), levels.names(), signal);
      });
      const changed = () => {
        digest();
        tell();
      };
      const following = { ...rest, onSynced: () => undefined };
      await Promise.all([
        follow(
          registry.store(priorityLevelConfigurations),
          levels.sink(changed),
          following,
          signal,
        ),
        follow(registry.store(flowSchemas), schemas.sink(changed), following, signal),
      ]);
    },
  };
}

/** Changes come in bunches, and a status that is late by this much misleads nobody. */
const tellingDelayMs = 1_000;

/** Runs `work` once more after any call that came while it ran, and never twice at a time. */
function oneAtATime(work: () => Promise<void>): () => void {
  let isRunning = false;
  let isWanted = false;
  const run = async () => {
    isRunning = true;
    while (isWanted) {
      isWanted = false;
      await work();
    }
    isRunning = false;
  };
  return () => {
    isWanted = true;
    if (!isRunning) void run();
  };
}

interface Built {
  readonly name: string;
  readonly spec: object;
}

const metadataOf = (name: string): ObjectMeta => ({
  name,
  uid: '',
  resourceVersion: '',
  creationTimestamp: '',
});

const builtin = <T extends KubeObject>(...lists: readonly (readonly Built[])[]): readonly T[] =>
  lists.flat().map(({ name, spec }) => ({ metadata: metadataOf(name), spec }) as unknown as T);

/** Mandatory objects count even while somebody has taken them away. */
function withMandatory<T extends KubeObject>(
  objects: readonly T[],
  mandatory: readonly Built[],
): readonly T[] {
  const present = new Set(objects.map(({ metadata }) => metadata.name));
  return [...objects, ...builtin<T>(mandatory.filter(({ name }) => !present.has(name)))];
}

function createNamed<T extends KubeObject>(initial: readonly T[]) {
  const objects = new Map(initial.map((object) => [object.metadata.name, object]));
  return {
    values: (): readonly T[] => [...objects.values()],
    names: (): ReadonlySet<string> => new Set(objects.keys()),
    sink: (changed: () => void): Sink<T> => ({
      replace(items) {
        // A cluster that is being made has none yet, and must be able to make them.
        if (items.length === 0) return;
        objects.clear();
        for (const item of items) objects.set(item.metadata.name, item);
        changed();
      },
      put(item) {
        objects.set(item.metadata.name, item);
        changed();
      },
      remove(item) {
        objects.delete(item.metadata.name);
        changed();
      },
    }),
  };
}

/** Says in each stored schema whether the level that it names exists. */
async function tellDangling(
  { registry, clock, logger }: FlowControlOptions,
  schemas: readonly FlowSchema[],
  levels: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<void> {
  const store = registry.store(flowSchemas);
  for (const schema of schemas) {
    const level = schema.spec.priorityLevelConfiguration.name;
    const condition = danglingCondition(level, levels.has(level));
    if (!schema.metadata.uid || toldOf(schema) === condition.status || signal.aborted) continue;
    const { name } = schema.metadata;
    await store
      .guaranteedUpdateStatus({ name }, (current) => {
        // Another server may have told already.
        if (toldOf(current) === condition.status) return current;
        const others = (current.status?.conditions ?? []).filter(
          ({ type }) => type !== condition.type,
        );
        const lastTransitionTime = formatTime(clock.now());
        const conditions = [...others, { ...condition, lastTransitionTime }];
        return { ...current, status: { ...current.status, conditions } };
      })
      .catch((err: unknown) => logger.debug('Failed to tell of a flow schema', { name, err }));
  }
}

const toldOf = ({ status }: FlowSchema) =>
  status?.conditions?.find(({ type }) => type === 'Dangling')?.status;

function danglingCondition(level: string, exists: boolean) {
  const what = `This FlowSchema references the PriorityLevelConfiguration object named "${level}"`;
  return exists
    ? { type: 'Dangling', status: 'False', reason: 'Found', message: `${what} and it exists` }
    : {
        type: 'Dangling',
        status: 'True',
        reason: 'NotFound',
        message: `${what} but there is no such object`,
      };
}
