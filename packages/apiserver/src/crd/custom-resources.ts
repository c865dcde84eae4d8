import {
  customResourceDefinitions,
  formatTime,
  isConditionTrue,
  isDeepEqual,
  isNotFound,
  setCondition,
} from '@berth/api';
import type { CustomResourceDefinition, ResourceType } from '@berth/api';
import type { Clock, Logger } from '@berth/component-base';
import { follow } from '../follow.ts';
import type { Sink } from '../follow.ts';
import { cleanupFinalizer } from '../registry/apiextensions/custom-resource-definitions.ts';
import { refOf } from '../registry/resource.ts';
import type { Registry } from '../registry/registry.ts';
import type { Handler, RequestInfo } from '../request.ts';
import { strategiesOf } from './custom-strategy.ts';
import { storageVersionOf } from './definition.ts';
import { planNames } from './plan-names.ts';
import type { CompileRules } from './rules.ts';
import type { MakeConvert } from './webhook-conversion.ts';
import { createWorkers } from './workers.ts';

type Definition = CustomResourceDefinition;

export interface CustomResourcesOptions {
  readonly registry: Registry;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly compileRules: CompileRules;
  readonly convertFor: MakeConvert;
}

/** Serves what CustomResourceDefinitions define. */
export interface CustomResources {
  /** Answers requests for stored resources; those for custom ones by what their definition says at that moment. */
  readonly handler: Handler;
  /** Accepts names, and removes the objects of definitions that are deleted, until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
  /** Whether all definitions were seen. */
  hasSynced(): boolean;
}

interface Installed {
  readonly resourceVersion: string | undefined;
  /** All of the definition that says how its resource is served. */
  readonly shape: object;
  readonly types: readonly ResourceType[];
}

/** A definition may change how its resource is served with every write. */
export function createCustomResources(options: CustomResourcesOptions): CustomResources {
  const { registry, clock, random, logger, compileRules, convertFor } = options;
  const installed = new Map<string, Installed>();
  let synced = !registry.serves(customResourceDefinitions);

  async function uninstall(name: string): Promise<void> {
    const known = installed.get(name);
    installed.delete(name);
    if (known) await registry.uninstall(known.types);
  }

  async function install(definition: Definition): Promise<void> {
    const { name, resourceVersion } = definition.metadata;
    const known = installed.get(name);
    // What is read from memory may be older than what is served.
    if (known && Number(known.resourceVersion) >= Number(resourceVersion)) return;
    const shape = shapeOf(definition);
    // Serving anew ends watches, so it is done only for a reason.
    if (known && isDeepEqual(known.shape, shape)) {
      installed.set(name, { ...known, resourceVersion });
      return;
    }
    const strategies = isConditionTrue(definition.status?.conditions, 'Established')
      ? strategiesOf(definition, compileRules, convertFor)
      : [];
    const types = strategies.map(({ type }) => type);
    registry.install(strategies);
    installed.set(name, { resourceVersion, shape, types });
    const served = new Set(types.map(({ version }) => version));
    const gone = known?.types.filter(({ version }) => !served.has(version)) ?? [];
    if (gone.length > 0) await registry.uninstall(gone);
  }

  /** Brings what is served up to the definition, so that nobody has to wait for the news of it. */
  async function ensure({ group, resource, isResource }: RequestInfo): Promise<void> {
    if (!isResource || !group.includes('.') || registry.isBuiltIn({ group, resource })) return;
    if (!registry.serves(customResourceDefinitions)) return;
    const ref = { name: `${resource}.${group}` };
    const definition =
      (await registry.reads.get(customResourceDefinitions, ref)) ??
      (await registry.reads.getFresh(customResourceDefinitions, ref));
    if (definition) await install(definition);
    else await uninstall(ref.name);
  }

  return {
    async handler(context) {
      await ensure(context.info);
      return registry.handler(context);
    },
    hasSynced: () => synced,
    async run(signal) {
      if (!registry.serves(customResourceDefinitions)) return;
      const store = registry.store(customResourceDefinitions);
      const known = new Map<string, Definition>();
      const workers = createWorkers({ clock, random, logger, reconcile }, signal);

      async function reconcile(name: string): Promise<'done' | 'again'> {
        const found = await store.find({ name });
        if (!found) {
          await uninstall(name);
          requeueGroup(name);
          return 'done';
        }
        if (found.metadata.deletionTimestamp !== undefined) return finalize(found);
        const others = (await store.list()).items.filter(({ metadata }) => metadata.name !== name);
        const plan = (current: Definition): Definition => ({
          ...current,
          status: planNames(current, others, formatTime(clock.now())),
        });
        const planned = plan(found);
        // Served before anyone can read that it is.
        await install(planned);
        if (!isDeepEqual(planned.status, found.status)) {
          await store.guaranteedUpdateStatus({ name }, plan);
          requeueGroup(name);
        }
        return 'done';
      }

      /** Another definition may have waited for a name that is free now. */
      function requeueGroup(name: string): void {
        const group = name.slice(name.indexOf('.') + 1);
        for (const other of known.values()) {
          const waits = !isConditionTrue(other.status?.conditions, 'NamesAccepted');
          if (other.spec.group === group && other.metadata.name !== name && waits)
            workers.add(other.metadata.name);
        }
      }

      async function finalize(definition: Definition): Promise<'done' | 'again'> {
        const { name, finalizers = [] } = definition.metadata;
        await install(definition);
        if (!finalizers.includes(cleanupFinalizer)) return 'done';
        const left = await removeObjects(
          installed.get(name)?.types ?? [],
          storageVersionOf(definition)?.name,
        );
        await setTerminating(definition, left);
        if (left > 0) return 'again';
        await store.guaranteedUpdate({ name }, (current) => ({
          ...current,
          metadata: {
            ...current.metadata,
            finalizers: (current.metadata.finalizers ?? []).filter(
              (finalizer) => finalizer !== cleanupFinalizer,
            ),
          },
        }));
        return 'done';
      }

      /** How many objects are still there. */
      async function removeObjects(
        types: readonly ResourceType[],
        stored: string | undefined,
      ): Promise<number> {
        // In the version in which they lie, so that no webhook has to be asked.
        const type = types.find(({ version }) => version === stored) ?? types[0];
        if (!type) return 0;
        const objects = registry.store(type);
        for (const object of (await objects.list()).items) {
          if (object.metadata.deletionTimestamp !== undefined) continue;
          await objects.remove(refOf(object)).catch(unlessGone);
        }
        return (await objects.list()).items.length;
      }

      async function setTerminating({ metadata }: Definition, left: number): Promise<void> {
        const condition =
          left > 0
            ? {
                type: 'Terminating',
                status: 'True',
                reason: 'InstanceDeletionInProgress',
                message: 'CustomResource deletion is in progress',
              }
            : {
                type: 'Terminating',
                status: 'False',
                reason: 'InstanceDeletionCompleted',
                message: 'removed all instances',
              };
        const now = formatTime(clock.now());
        await store.guaranteedUpdateStatus({ name: metadata.name }, (current) => ({
          ...current,
          status: {
            ...current.status,
            conditions: setCondition(current.status?.conditions, condition, now),
          },
        }));
      }

      const sink: Sink<Definition> = {
        replace(items) {
          const gone = [...installed.keys()].filter(
            (name) => !items.some(({ metadata }) => metadata.name === name),
          );
          known.clear();
          for (const item of items) known.set(item.metadata.name, item);
          for (const name of [...gone, ...known.keys()]) workers.add(name);
        },
        put(item) {
          known.set(item.metadata.name, item);
          workers.add(item.metadata.name);
        },
        remove({ metadata }) {
          known.delete(metadata.name);
          workers.add(metadata.name);
        },
      };
      const onSynced = () => {
        void workers.idle().then(() => (synced = true));
      };
      await follow(store, sink, { clock, random, logger, onSynced }, signal);
      await workers.ended();
    },
  };
}

const shapeOf = ({ metadata, spec, status }: Definition): object => ({
  spec,
  names: status?.acceptedNames,
  isEstablished: isConditionTrue(status?.conditions, 'Established'),
  isGoing: metadata.deletionTimestamp !== undefined,
});

function unlessGone(err: unknown): void {
  if (!isNotFound(err)) throw err;
}
