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

export function createClassCache(
  state: ClusterState,
  plugins: readonly Plugin[],
  mostBytes: number,
): ClassCache {
  const keys = plugins.flatMap(({ podKey }) => podKey ?? []);
  const byShape = new Map<PodShape, Map<string, Entry>>();
  /** Least lately asked for first. */
  const entries = new Set<Entry>();
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
    return entry;
  };
  const evict = (entry: Entry) => {
    entries.delete(entry);
    const siblings = byShape.get(entry.shape);
    siblings?.delete(entry.key);
    if (siblings?.size === 0) byShape.delete(entry.shape);
    entry.shapeClass.release();
  };
  /** Classes are about the same size, as there are as many nodes to each. */
  const makeRoom = ({ shapeClass }: Entry) => {
    const most = Math.max(1, Math.floor(mostBytes / Math.max(1, shapeClass.bytes)));
    for (const oldest of entries) {
      if (entries.size <= most) return;
      evict(oldest);
    }
  };

  return {
    of(pod) {
      const key = keys.map((keyOf) => keyOf(pod.pod)).join('\n');
      if (latest?.shape === pod.shape && latest.key === key) return latest.shapeClass;
      const entry = byShape.get(pod.shape)?.get(key) ?? add(pod, key);
      entries.delete(entry);
      entries.add(entry);
      entry.shapeClass.refresh();
      makeRoom(entry);
      latest = entry;
      return entry.shapeClass;
    },
  };
}
