import type { FieldError, RuntimeClass } from '@berth/api';
import { at, duplicate, isDeepEqual, runtimeClasses as runtimeClassesType } from '@berth/api';
import { ageColumn, nameColumn } from '../core/columns.ts';
import { checkDnsLabel, checkLabels, checkUnchanged } from '../core/field-checks.ts';
import { asGiven } from '../core/given.ts';
import type { Given } from '../core/given.ts';
import { validateTolerations } from '../core/pod-spec/tolerations.ts';
import { validateContainerResources } from '../core/pod-spec/resources.ts';
import type { Strategy } from '../strategy.ts';

export const runtimeClasses: Strategy<RuntimeClass> = {
  type: runtimeClassesType,
  validate,
  validateUpdate: (runtimeClass, old) => [
    ...validate(runtimeClass),
    ...checkUnchanged('handler', runtimeClass.handler, runtimeClass.handler === old.handler),
  ],
  generationOf: () => undefined,
  columns: [
    nameColumn,
    {
      name: 'Handler',
      type: 'string',
      description: 'What the runtime of a node calls it.',
      cell: (runtimeClass) => asGiven(runtimeClass).handler ?? '',
    },
    ageColumn,
  ],
};

function validate(runtimeClass: RuntimeClass): readonly FieldError[] {
  const { handler = '', overhead, scheduling } = asGiven(runtimeClass);
  return [
    ...checkDnsLabel('handler', handler),
    ...(overhead?.podFixed
      ? validateContainerResources('overhead', { limits: overhead.podFixed }, {})
      : []),
    ...checkScheduling('scheduling', scheduling ?? {}),
  ];
}

const checkScheduling = (
  path: string,
  { nodeSelector = {}, tolerations = [] }: NonNullable<Given<RuntimeClass>['scheduling']>,
): readonly FieldError[] => [
  ...checkLabels(at(path, 'nodeSelector'), nodeSelector),
  ...validateTolerations(at(path, 'tolerations'), tolerations),
  ...tolerations.flatMap((toleration, i) =>
    tolerations.slice(0, i).some((before) => isDeepEqual(before, toleration))
      ? [duplicate(at(path, 'tolerations', i), toleration)]
      : [],
  ),
];
