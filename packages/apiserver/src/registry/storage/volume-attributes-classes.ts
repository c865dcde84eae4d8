import type { FieldError, VolumeAttributesClass } from '@berth/api';
import {
  forbiddenField,
  isDeepEqual,
  required,
  volumeAttributesClasses as volumeAttributesClassesType,
} from '@berth/api';
import { ageColumn, nameColumn } from '../core/columns.ts';
import { asGiven } from '../core/given.ts';
import type { Strategy } from '../strategy.ts';
import { checkParameters, checkProvisioner } from './class-checks.ts';

export const volumeAttributesClasses: Strategy<VolumeAttributesClass> = {
  type: volumeAttributesClassesType,
  validate,
  validateUpdate: (object, old) =>
    (['driverName', 'parameters'] as const)
      .filter((field) => !isDeepEqual(object[field], old[field]))
      .map((field) => forbiddenField(field, `updates to ${field} are forbidden.`)),
  generationOf: () => undefined,
  columns: [
    nameColumn,
    {
      name: 'DriverName',
      type: 'string',
      description: 'The driver that understands the parameters.',
      cell: (object) => asGiven(object).driverName ?? '',
    },
    ageColumn,
  ],
  allowUnconditionalUpdate: true,
};

function validate(object: VolumeAttributesClass): readonly FieldError[] {
  const { driverName, parameters = {} } = asGiven(object);
  return [
    ...checkProvisioner('driverName', driverName),
    ...(Object.keys(parameters).length
      ? checkParameters('parameters', parameters)
      : [required('parameters', 'must contain at least one key/value pair')]),
  ];
}
