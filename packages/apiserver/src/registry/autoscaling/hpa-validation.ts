import type {
  FieldError,
  HorizontalPodAutoscaler,
  HPAScalingPolicy,
  HPAScalingRules,
} from '@berth/api';
import { invalidValue, parseQuantity, required } from '@berth/api';
import { checkNonNegative, checkOneOf } from '../core/field-checks.ts';
import type { Given } from '../core/given.ts';
import { asGiven } from '../core/given.ts';
import { validateMetric } from './metric-validation.ts';
import { validateReference } from './object-reference.ts';

/** Problems of an autoscaler. One that was allowed to reach zero before may go on doing so. */
export function validateHpa(
  hpa: HorizontalPodAutoscaler,
  old?: HorizontalPodAutoscaler,
): readonly FieldError[] {
  const spec = asGiven(hpa).spec ?? {};
  const { minReplicas = 1, maxReplicas = 0, scaleTargetRef = {}, metrics = [], behavior } = spec;
  const lowest = old?.spec.minReplicas === 0 ? 0 : 1;
  return [
    ...(minReplicas < lowest
      ? [
          invalidValue(
            'spec.minReplicas',
            minReplicas,
            `must be greater than or equal to ${lowest}`,
          ),
        ]
      : []),
    ...(maxReplicas < 1
      ? [invalidValue('spec.maxReplicas', maxReplicas, 'must be greater than 0')]
      : []),
    ...(maxReplicas < minReplicas
      ? [
          invalidValue(
            'spec.maxReplicas',
            maxReplicas,
            'must be greater than or equal to `minReplicas`',
          ),
        ]
      : []),
    ...validateReference('spec.scaleTargetRef', scaleTargetRef),
    ...metrics.flatMap((metric, i) => validateMetric(`spec.metrics[${i}]`, metric)),
    ...(behavior?.scaleUp ? validateRules('spec.behavior.scaleUp', behavior.scaleUp) : []),
    ...(behavior?.scaleDown ? validateRules('spec.behavior.scaleDown', behavior.scaleDown) : []),
  ];
}

export const validateHpaStatus = ({ status }: HorizontalPodAutoscaler): readonly FieldError[] => [
  ...checkNonNegative('status.currentReplicas', status?.currentReplicas),
  ...checkNonNegative('status.desiredReplicas', status?.desiredReplicas),
];

/** One hour and half an hour: further back the controller does not remember. */
const longestWindow = 3600;
const longestPeriod = 1800;

function validateRules(path: string, rules: Given<HPAScalingRules>): readonly FieldError[] {
  const { stabilizationWindowSeconds: window = 0, policies = [], tolerance } = rules;
  const windowPath = `${path}.stabilizationWindowSeconds`;
  return [
    ...(window < 0
      ? [invalidValue(windowPath, window, 'must be greater than or equal to zero')]
      : []),
    ...(window > longestWindow
      ? [invalidValue(windowPath, window, `must be less than or equal to ${longestWindow}`)]
      : []),
    ...checkOneOf(`${path}.selectPolicy`, rules.selectPolicy, ['Disabled', 'Max', 'Min']),
    ...(policies.length === 0
      ? [required(`${path}.policies`, 'must specify at least one Policy')]
      : []),
    ...policies.flatMap((policy, i) => validatePolicy(`${path}.policies[${i}]`, policy)),
    ...(tolerance !== undefined && parseQuantity(tolerance).nanos < 0n
      ? [invalidValue(`${path}.tolerance`, tolerance, 'must be greater or equal to zero')]
      : []),
  ];
}

function validatePolicy(
  path: string,
  { type = '', value = 0, periodSeconds = 0 }: Given<HPAScalingPolicy>,
): readonly FieldError[] {
  return [
    ...checkOneOf(`${path}.type`, type, ['Percent', 'Pods']),
    ...(value > 0 ? [] : [invalidValue(`${path}.value`, value, 'must be greater than zero')]),
    ...(periodSeconds > 0
      ? []
      : [invalidValue(`${path}.periodSeconds`, periodSeconds, 'must be greater than zero')]),
    ...(periodSeconds > longestPeriod
      ? [
          invalidValue(
            `${path}.periodSeconds`,
            periodSeconds,
            `must be less than or equal to ${longestPeriod}`,
          ),
        ]
      : []),
  ];
}
