import type { FieldError, LabelSelector, PodTemplateSpec } from '@berth/api';
import { formatSelector, invalidValue, matchesLabels, required, toSelector } from '@berth/api';
import { checkLabelSelector, checkNonNegative } from '../core/field-checks.ts';
import type { Given } from '../core/given.ts';
import { validateLastingTemplate } from '../core/pod-spec/pod-template.ts';
import type { Column } from '../strategy.ts';

interface Replicated {
  readonly replicas?: number;
  readonly minReadySeconds?: number;
  readonly selector?: Given<LabelSelector>;
  readonly template?: Given<PodTemplateSpec>;
}

/** What Deployments and ReplicaSets have in common: so many pods like this one, found by these labels. */
export function validateReplicated({
  replicas,
  minReadySeconds,
  selector,
  template = {},
}: Replicated): readonly FieldError[] {
  return [
    ...checkNonNegative('spec.replicas', replicas),
    ...checkNonNegative('spec.minReadySeconds', minReadySeconds),
    ...validateSelector(selector, template),
    ...validateLastingTemplate('spec.template', template),
  ];
}

function validateSelector(
  selector: Given<LabelSelector> | undefined,
  { metadata }: Given<PodTemplateSpec>,
): readonly FieldError[] {
  const labels = metadata?.labels ?? {};
  if (!selector) return [required('spec.selector'), mismatch(labels)];
  const { matchLabels = {}, matchExpressions = [] } = selector;
  if (Object.keys(matchLabels).length + matchExpressions.length === 0) {
    // Upstream says so of ReplicaSets as well.
    return [invalidValue('spec.selector', selector, 'empty selector is invalid for deployment')];
  }
  const errors = checkLabelSelector('spec.selector', selector);
  if (errors.length > 0) {
    return [...errors, invalidValue('spec.selector', selector, 'invalid label selector')];
  }
  return matchesLabels(toSelector(selector as LabelSelector), labels) ? [] : [mismatch(labels)];
}

const mismatch = (labels: Readonly<Record<string, string>>): FieldError =>
  invalidValue(
    'spec.template.metadata.labels',
    labels,
    '`selector` does not match template `labels`',
  );

interface Counts {
  readonly observedGeneration?: number;
  readonly replicas?: number;
  readonly updatedReplicas?: number;
  readonly fullyLabeledReplicas?: number;
  readonly readyReplicas?: number;
  readonly availableReplicas?: number;
  readonly unavailableReplicas?: number;
  readonly terminatingReplicas?: number;
}

const countNames = [
  'observedGeneration',
  'replicas',
  'updatedReplicas',
  'fullyLabeledReplicas',
  'readyReplicas',
  'availableReplicas',
  'unavailableReplicas',
  'terminatingReplicas',
] as const;

const partsOfReplicas = [
  'updatedReplicas',
  'fullyLabeledReplicas',
  'readyReplicas',
  'availableReplicas',
] as const;

/** No part is larger than the whole. */
export function validateCounts(status: Counts): readonly FieldError[] {
  const { replicas = 0, readyReplicas = 0, availableReplicas = 0 } = status;
  return [
    ...countNames.flatMap((name) => checkNonNegative(`status.${name}`, status[name])),
    ...partsOfReplicas.flatMap((name) => {
      const count = status[name] ?? 0;
      return count > replicas
        ? [invalidValue(`status.${name}`, count, 'cannot be greater than status.replicas')]
        : [];
    }),
    ...(availableReplicas > readyReplicas
      ? [
          invalidValue(
            'status.availableReplicas',
            availableReplicas,
            'cannot be greater than readyReplicas',
          ),
        ]
      : []),
  ];
}

/** How often a name was taken already is only ever counted up. */
export function checkCollisions(
  { collisionCount }: { readonly collisionCount?: number },
  { collisionCount: before = 0 }: { readonly collisionCount?: number } = {},
): readonly FieldError[] {
  const path = 'status.collisionCount';
  return [
    ...checkNonNegative(path, collisionCount),
    ...((collisionCount ?? 0) < before
      ? [invalidValue(path, collisionCount ?? 0, 'cannot be decremented')]
      : []),
  ];
}

/** A selector in its text form. */
export const selectorText = (selector: LabelSelector | undefined): string =>
  formatSelector(toSelector(selector) ?? []);

/** Objects from before a rule may have a selector that can no longer be read. */
function shownSelector(selector: LabelSelector | undefined, none: string): string {
  try {
    return selectorText(selector) || none;
  } catch {
    return '<error>';
  }
}

/** The wide column that shows which pods are meant. */
export const selectorColumn = <T>(
  selectorOf: (object: T) => LabelSelector | undefined,
  none: string,
): Column<T> => ({
  name: 'Selector',
  type: 'string',
  description: 'Labels of the pods that belong to it.',
  priority: 1,
  cell: (object) => shownSelector(selectorOf(object), none),
});
