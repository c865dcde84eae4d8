import type { ClusterState } from '../cluster-state.ts';
import type { Plugin } from '../framework.ts';
import type { PodInfo } from '../pod-info.ts';
import type { PodShape } from '../pod-shape.ts';
import { createShapeClass } from './shape-class.ts';
import type { ShapeClass } from './shape-class.ts';

/** The classes that were asked for lately, as many as fit into the memory they may take. */
export interface ClassCache {
  of(pod: PodInfo): ShapeClass;
}

interface Entry {
  readonly shape: PodShape;
  readonly key: string;
  readonly shapeClass: ShapeClass;
}

/** Of classes that were asked for once, which may well be the last time, so many are kept. */
const keptOnTrial = 16;
/** So many of those that went are remembered: who comes back was no passer-by. */
const rememberedShapes = 4_096;

/** `mostBytes` is for the classes that were asked for more than once. */
export function createClassCache(
  state: ClusterState,
  plugins: readonly Plugin[],
  mostBytes: number,
): ClassCache {
  const keys = plugins.flatMap(({ podKey }) => podKey ?? []);
  const byShape = new Map<PodShape, Map<string, Entry>>();
  /** Least lately asked for first. */
  const proven = new Set<Entry>();
  const onTrial = new Set<Entry>();
  const gone = new Set<PodShape>();
  let latest: Entry | undefined;

  const add = (pod: PodInfo, key: string): Entry => {
    const shapeClass = createShapeClass(pod, state, plugins);
    const entry: Entry = { shape: pod.shape, key, shapeClass };
    let siblings = byShape.get(pod.shape);
    if (!siblings) {
      siblings = new Map();
      byShape.set(pod.shape, siblings);
    }
    siblings.set(key, entry);
    if (!gone.delete(pod.shape)) onTrial.add(entry);
    return entry;
  };
  const evict = (entry: Entry) => {
    proven.delete(entry);
    onTrial.delete(entry);
    const siblings = byShape.get(entry.shape);
    siblings?.delete(entry.key);
    if (siblings?.size === 0) byShape.delete(entry.shape);
    entry.shapeClass.release();
    gone.add(entry.shape);
    for (const oldest of gone) {
      if (gone.size <= rememberedShapes) return;
      gone.delete(oldest);
    }
  };
  const evictTo = (entries: Set<Entry>, most: number) => {
    for (const oldest of entries) {
      if (entries.size <= most) return;
      evict(oldest);
    }
  };

  return {
    of(pod) {
      const key = keys.map((keyOf) => keyOf(pod.pod)).join('\n');
      if (latest?.shape === pod.shape && latest.key === key) return latest.shapeClass;
      const known = byShape.get(pod.shape)?.get(key);
      const entry = known ?? add(pod, key);
      if (known || !onTrial.has(entry)) {
        onTrial.delete(entry);
        proven.delete(entry);
        proven.add(entry);
      }
      entry.shapeClass.refresh();
      latest = entry;
      // Classes are about the same size, as there are as many nodes to each.
      const bytes = Math.max(1, entry.shapeClass.bytes);
      evictTo(proven, Math.max(1, Math.floor(mostBytes / bytes)));
      evictTo(onTrial, keptOnTrial);
      return entry.shapeClass;
    },
  };
}
