import type { FieldError, StorageClass } from '@berth/api';
import {
  at,
  duplicate,
  forbiddenField,
  isDeepEqual,
  required,
  storageClasses as storageClassesType,
} from '@berth/api';
import { ageColumn, nameColumn } from '../core/columns.ts';
import {
  checkNeeded,
  checkOneOf,
  checkQualifiedName,
  checkUnchanged,
} from '../core/field-checks.ts';
import { asGiven } from '../core/given.ts';
import type { Given } from '../core/given.ts';
import type { Column, Strategy } from '../strategy.ts';
import { checkParameters, checkProvisioner } from './class-checks.ts';

export const storageClasses: Strategy<StorageClass> = {
  type: storageClassesType,
  defaults: (storageClass) => ({
    ...storageClass,
    reclaimPolicy: storageClass.reclaimPolicy ?? 'Delete',
    volumeBindingMode: storageClass.volumeBindingMode ?? 'Immediate',
  }),
  validate,
  validateUpdate: (storageClass, old) => [
    ...validate(storageClass),
    ...(['parameters', 'provisioner', 'reclaimPolicy'] as const)
      .filter((field) => !isDeepEqual(storageClass[field], old[field]))
      .map((field) => forbiddenField(field, `updates to ${field} are forbidden.`)),
    ...checkUnchanged(
      'volumeBindingMode',
      storageClass.volumeBindingMode ?? null,
      storageClass.volumeBindingMode === old.volumeBindingMode,
    ),
  ],
  generationOf: () => undefined,
  columns: columns(),
  allowUnconditionalUpdate: true,
};

function validate(storageClass: StorageClass): readonly FieldError[] {
  const {
    provisioner,
    parameters,
    reclaimPolicy,
    volumeBindingMode,
    allowedTopologies = [],
  } = asGiven(storageClass);
  return [
    ...checkProvisioner('provisioner', provisioner),
    ...checkParameters('parameters', parameters),
    ...checkOneOf('reclaimPolicy', reclaimPolicy || undefined, ['Delete', 'Retain']),
    ...checkNeeded('volumeBindingMode', volumeBindingMode, ['Immediate', 'WaitForFirstConsumer']),
    ...allowedTopologies.flatMap((term, i) => checkTopology(at('allowedTopologies', i), term)),
  ];
}

function checkTopology(
  path: string,
  {
    matchLabelExpressions: expressions = [],
  }: NonNullable<Given<StorageClass>['allowedTopologies']>[number],
): readonly FieldError[] {
  const keys = expressions.map(({ key }) => key);
  return expressions.flatMap(({ key = '', values = [] }, i) => {
    const where = at(path, 'matchLabelExpressions', i);
    return [
      ...(values.length ? [] : [required(at(where, 'values'))]),
      ...values.flatMap((value, j) =>
        values.indexOf(value) < j ? [duplicate(at(where, 'values', j), value)] : [],
      ),
      ...checkQualifiedName(at(where, 'key'), key),
      ...(keys.indexOf(key) < i ? [duplicate(at(where, 'key'), key)] : []),
    ];
  });
}

const defaultAnnotations = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
];

function columns(): readonly Column<StorageClass>[] {
  return [
    {
      ...nameColumn,
      cell: ({ metadata: { name, annotations = {} } }) =>
        defaultAnnotations.some(
          (key) => Object.hasOwn(annotations, key) && annotations[key] === 'true',
        )
          ? `${name} (default)`
          : name,
    },
    {
      name: 'Provisioner',
      type: 'string',
      description: 'Who makes the volumes.',
      cell: (storageClass) => asGiven(storageClass).provisioner ?? '',
    },
    {
      name: 'ReclaimPolicy',
      type: 'string',
      description: 'What becomes of a volume that is given back.',
      cell: ({ reclaimPolicy }) => reclaimPolicy ?? 'Delete',
    },
    {
      name: 'VolumeBindingMode',
      type: 'string',
      description: 'When a volume is made and bound.',
      cell: ({ volumeBindingMode }) => volumeBindingMode ?? '<unset>',
    },
    {
      name: 'AllowVolumeExpansion',
      type: 'string',
      description: 'Whether volumes can grow.',
      cell: ({ allowVolumeExpansion = false }) => allowVolumeExpansion,
    },
    ageColumn,
  ];
}
