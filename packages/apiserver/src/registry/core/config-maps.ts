import type { ConfigMap, FieldError } from '@berth/api';
import {
  configMaps as configMapsType,
  isDeepEqual,
  forbiddenField,
  invalidValue,
  tooLong,
} from '@berth/api';
import type { Strategy } from '../strategy.ts';
import { ageColumn, nameColumn } from './columns.ts';
import { checkConfigMapKey } from './field-checks.ts';
import { decodedLength, mostDataBytes } from './object-data.ts';

export const configMaps: Strategy<ConfigMap> = {
  type: configMapsType,
  validate,
  validateUpdate: (map, old) => [...checkImmutable(map, old), ...validate(map)],
  columns: [
    nameColumn,
    {
      name: 'Data',
      type: 'string',
      description: 'Number of entries.',
      cell: ({ data = {}, binaryData = {} }) =>
        Object.keys(data).length + Object.keys(binaryData).length,
    },
    ageColumn,
  ],
  allowUnconditionalUpdate: true,
};

function validate({ data = {}, binaryData = {} }: ConfigMap): readonly FieldError[] {
  const size =
    Object.values(data).reduce((sum, text) => sum + Buffer.byteLength(text), 0) +
    Object.values(binaryData).reduce((sum, text) => sum + decodedLength(text), 0);
  return [
    ...Object.keys(data).flatMap((key) => [
      ...checkConfigMapKey(`data[${key}]`, key),
      ...(Object.hasOwn(binaryData, key)
        ? [invalidValue(`data[${key}]`, key, 'duplicate of key present in binaryData')]
        : []),
    ]),
    ...Object.keys(binaryData).flatMap((key) => checkConfigMapKey(`binaryData[${key}]`, key)),
    // The whole object is too long, not one of its fields.
    ...(size > mostDataBytes ? [tooLong('[]', mostDataBytes)] : []),
  ];
}

function checkImmutable(map: ConfigMap, old: ConfigMap): readonly FieldError[] {
  if (!old.immutable) return [];
  const why = 'field is immutable when `immutable` is set';
  return [
    ...(map.immutable ? [] : [forbiddenField('immutable', why)]),
    ...(['data', 'binaryData'] as const)
      .filter((key) => !isDeepEqual(map[key], old[key]))
      .map((key) => forbiddenField(key, why)),
  ];
}
