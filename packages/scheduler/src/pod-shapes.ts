import type { Labels, Pod } from '@berth/api';
import { createPodShape, selectedLabels, shapeKey } from './pod-shape.ts';
import type { PodShape } from './pod-shape.ts';

/** Gives pods their shapes: the same object for pods of the same shape. */
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

const noLabels: Labels = {};

export function createPodShapes(): PodShapes {
  const unasked = new Set(usuallyUnasked);
  /** Two generations: what was not asked for during the younger's life goes when it is full. */
  let young = new Map<string, PodShape>();
  let old = new Map<string, PodShape>();
  let epoch = 0;

  const mention = (keys: readonly string[]): boolean => {
    const news = keys.filter((key) => unasked.delete(key)).length > 0;
    if (news) epoch += 1;
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

  return {
    of(pod) {
      let labels = telling(pod.metadata.labels ?? noLabels);
      let key = shapeKey(pod, labels);
      let shape = young.get(key);
      if (shape) return shape;
      shape = old.get(key);
      if (!shape) {
        // What a known shape asks for has been mentioned.
        if (mention(selectedLabels(pod))) {
          labels = telling(pod.metadata.labels ?? noLabels);
          key = shapeKey(pod, labels);
        }
        shape = createPodShape(pod, labels, key);
      }
      if (young.size >= keptShapes) {
        old = young;
        young = new Map();
      }
      young.set(key, shape);
      return shape;
    },
    mention,
    get epoch() {
      return epoch;
    },
  };
}
