import type { FieldError, MetricIdentifier, MetricSpec, MetricTarget } from '@berth/api';
import { forbiddenField, invalidValue, notSupported, parseQuantity, required } from '@berth/api';
import {
  checkDnsLabel,
  checkOneOf,
  checkPathSegment,
  checkLabelSelector,
} from '../core/field-checks.ts';
import type { Given } from '../core/given.ts';
import { checkContainerResourceName } from '../core/pod-spec/resources.ts';
import { validateReference } from './object-reference.ts';

type Metric = Given<MetricSpec>;
type Target = Given<MetricTarget>;

/** Which field holds the source of which type, in the order in which upstream looks at them. */
const fieldOf = {
  Object: 'object',
  External: 'external',
  Pods: 'pods',
  Resource: 'resource',
  ContainerResource: 'containerResource',
} as const;
type Source = (typeof fieldOf)[keyof typeof fieldOf];

export function validateMetric(path: string, metric: Metric): readonly FieldError[] {
  const { type = '' } = metric;
  const types = Object.keys(fieldOf).sort();
  const due = Object.hasOwn(fieldOf, type) ? fieldOf[type as keyof typeof fieldOf] : undefined;
  const given = Object.values(fieldOf).filter((field) => metric[field] !== undefined);
  const [first] = given;
  return [
    ...(type ? [] : [required(`${path}.type`, 'must specify a metric source type')]),
    ...(due ? [] : [notSupported(`${path}.type`, type, types)]),
    ...(first ? validateSource(`${path}.${first}`, metric, first) : []),
    ...(due && !given.includes(due)
      ? [required(`${path}.${due}`, 'must populate information for the given metric source')]
      : []),
    ...(given.length > 1
      ? given
          .filter((field) => field !== due)
          .map((field) =>
            forbiddenField(`${path}.${field}`, 'must populate the given metric source only'),
          )
      : []),
  ];
}

function validateSource(path: string, metric: Metric, source: Source): readonly FieldError[] {
  switch (source) {
    case 'object': {
      const { describedObject = {}, metric: of = {}, target = {} } = metric.object ?? {};
      return [
        ...validateReference(`${path}.describedObject`, describedObject),
        ...validateMeasured(path, of, target),
        ...needOne(path, target, 'must set either a target value or averageValue'),
      ];
    }
    case 'external': {
      const { metric: of = {}, target = {} } = metric.external ?? {};
      return [
        ...validateMeasured(path, of, target),
        ...needOne(path, target, 'must set either a target value for metric or a per-pod target'),
        ...(target.value !== undefined && target.averageValue !== undefined
          ? [
              forbiddenField(
                `${path}.target.value`,
                'may not set both a target value for metric and a per-pod target',
              ),
            ]
          : []),
      ];
    }
    case 'pods': {
      const { metric: of = {}, target = {} } = metric.pods ?? {};
      return [
        ...validateMeasured(path, of, target),
        ...(target.averageValue === undefined
          ? [required(`${path}.target.averageValue`, 'must specify a positive target averageValue')]
          : []),
      ];
    }
    case 'resource': {
      const { name = '', target = {} } = metric.resource ?? {};
      return [
        ...(name ? [] : [required(`${path}.name`, 'must specify a resource name')]),
        ...validateResourceTarget(path, target),
      ];
    }
    case 'containerResource': {
      const { name = '', container = '', target = {} } = metric.containerResource ?? {};
      return [
        ...(name
          ? checkContainerResourceName(`${path}.name`, name)
          : [required(`${path}.name`, 'must specify a resource name')]),
        ...(container
          ? checkDnsLabel(`${path}.container`, container)
          : [required(`${path}.container`, 'must specify a container')]),
        ...validateResourceTarget(path, target),
      ];
    }
  }
}

const validateMeasured = (
  path: string,
  { name, selector }: Given<MetricIdentifier>,
  target: Target,
): readonly FieldError[] => [
  ...(name
    ? checkPathSegment(`${path}.metric.name`, name)
    : [required(`${path}.metric.name`, 'must specify a metric name')]),
  ...(selector ? checkLabelSelector(`${path}.metric.selector`, selector) : []),
  ...validateTarget(`${path}.target`, target),
];

const needOne = (path: string, target: Target, why: string): readonly FieldError[] =>
  target.value === undefined && target.averageValue === undefined
    ? [required(`${path}.target.averageValue`, why)]
    : [];

function validateResourceTarget(path: string, target: Target): readonly FieldError[] {
  const { averageUtilization, averageValue } = target;
  return [
    ...validateTarget(`${path}.target`, target),
    ...(averageUtilization === undefined && averageValue === undefined
      ? [
          required(
            `${path}.target.averageUtilization`,
            'must set either a target raw value or a target utilization',
          ),
        ]
      : []),
    ...(averageUtilization !== undefined && averageValue !== undefined
      ? [
          forbiddenField(
            `${path}.target.averageValue`,
            'may not set both a target raw value and a target utilization',
          ),
        ]
      : []),
  ];
}

function validateTarget(path: string, target: Target): readonly FieldError[] {
  const { type, averageUtilization } = target;
  return [
    ...(type ? [] : [required(`${path}.type`, 'must specify a metric target type')]),
    ...(type && checkOneOf('', type, ['Utilization', 'Value', 'AverageValue']).length
      ? [invalidValue(`${path}.type`, type, 'must be either Utilization, Value, or AverageValue')]
      : []),
    ...(['value', 'averageValue'] as const).flatMap((field) => {
      const text = target[field];
      return text !== undefined && parseQuantity(text).nanos <= 0n
        ? [invalidValue(`${path}.${field}`, text, 'must be positive')]
        : [];
    }),
    ...(averageUtilization !== undefined && averageUtilization < 1
      ? [invalidValue(`${path}.averageUtilization`, averageUtilization, 'must be greater than 0')]
      : []),
  ];
}
