import type { KubeObject, LabelSelector } from '@berth/api';
import { keysIn } from '../pod-shape.ts';

/** The labels that an object's `spec.selector` asks for, whether it is a label selector or a plain map of labels. */
export function selectorKeys(object: KubeObject): readonly string[] {
  const spec = 'spec' in object ? (object.spec as { readonly selector?: unknown } | undefined) : {};
  const selector = spec?.selector;
  if (typeof selector !== 'object' || selector === null) return [];
  return isLabelSelector(selector) ? keysIn(selector) : Object.keys(selector);
}

const isLabelSelector = (selector: object): selector is LabelSelector =>
  ['matchLabels', 'matchExpressions'].some(
    (field) => typeof (selector as Record<string, unknown>)[field] === 'object',
  );
