import type { PodInfo } from './pod-info.ts';
import { defaultConfiguration } from './configuration/scheduler-configuration.ts';
import type { ProfileConfiguration } from './configuration/scheduler-configuration.ts';
import type { Partition, Plugin } from './framework.ts';
import { builtInPlugins } from './plugins/index.ts';

/** How pods of one scheduler name are placed. */
export interface Profile {
  readonly name: string;
  /** In the order in which they are asked. */
  readonly plugins: readonly Plugin[];
  /** Pods wait while they have scheduling gates. */
  readonly heedsGates: boolean;
  /** Pods of a PodGroup wait for it, and for each other where it is a gang. */
  readonly schedulesGangs: boolean;
  /** Pods that no node takes may evict others. */
  readonly preempts: boolean;
  /** Volumes are bound before the pod is, within this time; undefined: by somebody else. */
  readonly bindVolumesMs: number | undefined;
  /** Pods belong to queues; undefined: there are none for them. */
  readonly queues:
    | {
        /** The queue of pods that name none. */
        readonly defaultQueue: string;
        /** What a queue is due is taken back from others. */
        readonly reclaims: boolean;
      }
    | undefined;
  /** The plugins that are code of the user's. */
  readonly foreign: readonly string[];
}

/** The plugins of a configured profile, each asked where the configuration says. `loaded` are those of the user's. */
export function createProfile(
  { schedulerName, points, weights, args }: ProfileConfiguration,
  loaded: ReadonlyMap<string, Plugin> = new Map(),
): Profile {
  const filters = new Set(points.filter);
  const names = new Set([...points.filter, ...points.score]);
  return {
    name: schedulerName,
    plugins: [...names].flatMap((name) => {
      const plugin = loaded.get(name) ?? builtInPlugins[name]?.(args);
      if (!plugin) return [];
      return [asked(plugin, filters.has(name), weights.get(name))];
    }),
    heedsGates: points.preEnqueue.includes('SchedulingGates'),
    schedulesGangs: points.preEnqueue.includes('GangScheduling'),
    preempts: points.postFilter.includes('DefaultPreemption'),
    bindVolumesMs: points.preBind.includes('VolumeBinding')
      ? args.VolumeBinding.bindTimeoutMs
      : undefined,
    queues: points.preEnqueue.includes('FairQueues')
      ? { ...args.FairQueues, reclaims: points.postFilter.includes('FairQueues') }
      : undefined,
    foreign: [...names].filter((name) => loaded.has(name)),
  };
}

/** The default profile as upstream has it. */
export const defaultPlugins: readonly Plugin[] = createProfile(
  defaultConfiguration.profiles[0]!,
).plugins;

/** The plugin with only those of its opinions that are asked for. */
function asked(plugin: Plugin, filters: boolean, weight: number | undefined): Plugin {
  const { obstacle, only, filter, score, partition, ...rest } = plugin;
  return {
    ...rest,
    ...(filters && {
      ...(obstacle && { obstacle }),
      ...(only && { only }),
      ...(filter && { filter }),
    }),
    ...(weight !== undefined && { weight, ...(score && { score }) }),
    ...(partition && {
      partition: (...args: Parameters<typeof partition>) =>
        askedPartition(partition(...args), filters, weight !== undefined),
    }),
  };
}

function askedPartition(partition: Partition, filters: boolean, scores: boolean): Partition {
  if (filters && scores) return partition;
  const { cellOf, filter, score } = partition;
  return {
    ...(cellOf && { cellOf }),
    ...(filters && filter && { filter }),
    ...(scores && score && { score }),
    isStale: () => partition.isStale(),
    release: () => partition.release(),
  };
}

/** Equal for pods that every plugin of the profile answers alike; one of its own for a pod of which that is not known. */
export function groupIn({ name, plugins }: Profile, { pod, shape }: PodInfo): string {
  const uniform = plugins.every(({ scope, partition, filter }) => scope ?? partition ?? !filter);
  if (!uniform || pod.status?.nominatedNodeName) return pod.metadata.uid;
  return JSON.stringify([name, shape.key, ...plugins.map(({ podKey }) => podKey?.(pod) ?? '')]);
}
