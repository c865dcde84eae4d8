import { controllerOf, isDeepEqual } from '@berth/api';
import type { Labels, Pod } from '@berth/api';
import { createPodShape, selectedLabels, shapeParts } from './pod-shape.ts';
import type { PodShape } from './pod-shape.ts';

/** Gives pods their shapes: pods that share one are the same to every decision, and pods of one template share one. */
export interface PodShapes {
  of(pod: Pod): PodShape;
  /** A selector asks for these labels: from now on they tell pods apart. Says whether that is news. */
  mention(keys: readonly string[]): boolean;
  /** Counts the news; shapes given before the last may be too coarse. */
  readonly epoch: number;
}

/**
 * Labels that controllers give each pod or each run a value of its own. Hardly any selector asks for them, and as long
 * as none does they must not keep pods of one template apart.
 */
const usuallyUnasked = [
  'apps.kubernetes.io/pod-index',
  'batch.kubernetes.io/controller-uid',
  'batch.kubernetes.io/job-completion-index',
  'batch.kubernetes.io/job-name',
  'controller-uid',
  'job-name',
  'statefulset.kubernetes.io/pod-name',
];

/** Shapes that are kept before those that nobody has asked for lately are let go. */
const keptShapes = 20_000;

/** Of so many controllers it is remembered what their latest pod was like. */
const knownControllers = 4_096;

const noLabels: Labels = {};

export function createPodShapes(): PodShapes {
  const unasked = new Set(usuallyUnasked);
  /** Two generations: what was not asked for during the younger's life goes when it is full. */
  let young = new Map<string, PodShape>();
  let old = new Map<string, PodShape>();
  /** By the controller of the pod: its next one is usually alike, and to see that costs less than to write out a key. */
  const latest = new Map<
    string,
    { readonly parts: readonly unknown[]; readonly shape: PodShape }
  >();
  let epoch = 0;

  const mention = (keys: readonly string[]): boolean => {
    const news = keys.filter((key) => unasked.delete(key)).length > 0;
    if (news) {
      epoch += 1;
      latest.clear();
    }
    return news;
  };
  const telling = (labels: Labels): Labels => {
    let result: Record<string, string> | undefined;
    for (const key of unasked) {
      if (labels[key] === undefined) continue;
      result ??= { ...labels };
      // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- a fresh object of ours
      delete result[key];
    }
    return result ?? labels;
  };

  const find = (pod: Pod, parts: readonly unknown[], labels: Labels): PodShape => {
    const key = JSON.stringify(parts);
    const known = young.get(key);
    if (known) return known;
    const shape = old.get(key) ?? make(pod, key, labels);
    if (young.size >= keptShapes) {
      old = young;
      young = new Map();
      latest.clear();
    }
    young.set(shape.key, shape);
    return shape;
  };
  /** What a known shape asks for has been mentioned; what a new one asks for may make its own key longer. */
  const make = (pod: Pod, key: string, before: Labels): PodShape => {
    if (!mention(selectedLabels(pod))) return createPodShape(pod, before, key);
    const labels = telling(pod.metadata.labels ?? noLabels);
    return createPodShape(pod, labels, JSON.stringify(shapeParts(pod, labels)));
  };

  return {
    of(pod) {
      const labels = telling(pod.metadata.labels ?? noLabels);
      const parts = shapeParts(pod, labels);
      const controller = controllerOf(pod)?.uid ?? '';
      const before = latest.get(controller);
      if (before && isDeepEqual(before.parts, parts)) return before.shape;
      const asked = epoch;
      const shape = find(pod, parts, labels);
      // What was news about labels is missing in these parts.
      if (asked !== epoch) return shape;
      if (latest.size >= knownControllers) latest.clear();
      latest.set(controller, { parts, shape });
      return shape;
    },
    mention,
    get epoch() {
      return epoch;
    },
  };
}
