import type { CSIStorageCapacity, FieldError } from '@berth/api';
import {
  compareQuantities,
  csiStorageCapacities as csiStorageCapacitiesType,
  invalidValue,
  isDeepEqual,
  parseQuantity,
} from '@berth/api';
import { nameColumn } from '../core/columns.ts';
import { checkLabelSelector, checkSubdomain, checkUnchanged } from '../core/field-checks.ts';
import { asGiven } from '../core/given.ts';
import type { Strategy } from '../strategy.ts';

export const csiStorageCapacities: Strategy<CSIStorageCapacity> = {
  type: csiStorageCapacitiesType,
  validate,
  validateUpdate: (object, old) => [
    ...validate(object),
    ...(['nodeTopology', 'storageClassName'] as const).flatMap((field) =>
      checkUnchanged(field, object[field] ?? null, isDeepEqual(object[field], old[field])),
    ),
  ],
  generationOf: () => undefined,
  columns: [
    nameColumn,
    {
      name: 'StorageClassName',
      type: 'string',
      description: 'The class for which the capacity is told.',
      cell: (object) => asGiven(object).storageClassName ?? '',
    },
    {
      name: 'Capacity',
      type: 'string',
      description: 'How much there is.',
      cell: ({ capacity }) => capacity ?? '<unset>',
    },
  ],
};

function validate(object: CSIStorageCapacity): readonly FieldError[] {
  const { nodeTopology, storageClassName = '', capacity, maximumVolumeSize } = asGiven(object);
  return [
    ...checkSubdomain('storageClassName', storageClassName),
    ...(nodeTopology ? checkLabelSelector('nodeTopology', nodeTopology) : []),
    ...checkSize('capacity', capacity),
    ...checkSize('maximumVolumeSize', maximumVolumeSize),
  ];
}

const zero = parseQuantity('0');

const checkSize = (path: string, size: string | undefined): readonly FieldError[] =>
  size !== undefined && compareQuantities(parseQuantity(size), zero) < 0
    ? [invalidValue(path, size, 'must be greater than or equal to 0')]
    : [];
