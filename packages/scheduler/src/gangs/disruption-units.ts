import { keyOf } from '@berth/api';
import type { PodGroup } from '@berth/api';
import type { NodeInfo } from '../node-info.ts';
import type { PodInfo } from '../pod-info.ts';
import { startOf } from '../preemption/importance.ts';

/** Pods that are disrupted together: one, or all of a PodGroup that says so. */
export interface DisruptionUnit {
  readonly pods: readonly PlacedPod[];
  readonly priority: number;
}

interface PlacedPod {
  readonly pod: PodInfo;
  readonly nodeName: string;
}

/** The PodGroup that the pod belongs to; undefined for none, and for one that is not there. */
export type GroupOf = (pod: PodInfo) => PodGroup | undefined;

/** Says so for all the pods of a group, whatever their own priority is. */
export const priorityAmong = (pod: PodInfo, group: PodGroup | undefined): number =>
  group?.spec.priority ?? pod.priority;

const areDisruptedTogether = (group: PodGroup | undefined): group is PodGroup =>
  group?.spec.disruptionMode === 'PodGroup';

/** The same for all pods that are disrupted together; undefined for a pod that goes by itself. */
export function unitKeyOf(group: PodGroup | undefined): string | undefined {
  return areDisruptedTogether(group) ? keyOf(group) : undefined;
}

/** What there is to disrupt on the nodes. */
export function disruptionUnits(nodes: Iterable<NodeInfo>, groupOf: GroupOf): DisruptionUnit[] {
  const units: DisruptionUnit[] = [];
  const together = new Map<PodGroup, PlacedPod[]>();
  for (const { name: nodeName, pods } of nodes) {
    for (const pod of pods) {
      const group = groupOf(pod);
      const priority = priorityAmong(pod, group);
      const known = group && together.get(group);
      if (known) {
        known.push({ pod, nodeName });
        continue;
      }
      const all = [{ pod, nodeName }];
      units.push({ pods: all, priority });
      if (areDisruptedTogether(group)) together.set(group, all);
    }
  }
  return units;
}

/**
 * The most important first: by priority; then pods of groups before others, larger units before smaller ones, and what runs
 * for longest.
 */
export function unitsByImportance(units: readonly DisruptionUnit[]): readonly DisruptionUnit[] {
  const ranked = units.map((unit) => ({
    unit,
    isOfGroup: unit.pods.some(({ pod }) => pod.pod.spec.schedulingGroup !== undefined),
    start: Math.min(...unit.pods.map(({ pod }) => startOf(pod.pod))),
  }));
  ranked.sort(
    (a, b) =>
      b.unit.priority - a.unit.priority ||
      Number(b.isOfGroup) - Number(a.isOfGroup) ||
      b.unit.pods.length - a.unit.pods.length ||
      a.start - b.start,
  );
  return ranked.map(({ unit }) => unit);
}
