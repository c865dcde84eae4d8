import { invalidValue, tooMany, typeInvalid } from '@berth/api';
import type { FieldError, JSONSchemaProps } from '@berth/api';
import { isOfFormat } from './formats.ts';
import { matchesPattern } from './pattern.ts';
import { isValues } from './structural.ts';

/** The limits that a schema sets to a single value: its size, its range, its form. */
export function validateScalar(
  path: string,
  value: unknown,
  schema: JSONSchemaProps,
): readonly FieldError[] {
  if (typeof value === 'string') return textProblems(path, value, schema);
  if (typeof value === 'number' || typeof value === 'bigint')
    return numberProblems(path, value, schema);
  if (Array.isArray(value)) return sizeProblems(path, value, value.length, listLimits(schema));
  if (isValues(value))
    return sizeProblems(path, value, Object.keys(value).length, objectLimits(schema));
  return [];
}

function textProblems(path: string, value: string, schema: JSONSchemaProps): readonly FieldError[] {
  const { minLength, maxLength, pattern, format } = schema;
  const length = Array.from(value).length;
  const refuse = (why: string) => invalidValue(path, value, `${path} in body ${why}`);
  return [
    ...(maxLength !== undefined && length > maxLength
      ? [
          {
            type: 'FieldValueTooLong' as const,
            field: path,
            detail: `Too long: may not be more than ${maxLength} bytes`,
          },
        ]
      : []),
    ...(minLength !== undefined && length < minLength
      ? [refuse(`should be at least ${minLength} chars long`)]
      : []),
    ...(pattern && !matchesPattern(pattern, value) ? [refuse(`should match '${pattern}'`)] : []),
    ...(format && !isOfFormat(format, value)
      ? [
          typeInvalid(
            path,
            value,
            `${path} in body must be of type ${format}: ${JSON.stringify(value)}`,
          ),
        ]
      : []),
  ];
}

function numberProblems(
  path: string,
  value: number | bigint,
  schema: JSONSchemaProps,
): readonly FieldError[] {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  const refuse = (why: string) => invalidValue(path, value, `${path} in body should be ${why}`);
  const above = maximum !== undefined && (exclusiveMaximum ? value >= maximum : value > maximum);
  const under = minimum !== undefined && (exclusiveMinimum ? value <= minimum : value < minimum);
  return [
    ...(above ? [refuse(`less than ${exclusiveMaximum ? '' : 'or equal to '}${maximum}`)] : []),
    ...(under ? [refuse(`greater than ${exclusiveMinimum ? '' : 'or equal to '}${minimum}`)] : []),
    ...(multipleOf && !isMultiple(Number(value), multipleOf)
      ? [refuse(`a multiple of ${multipleOf}`)]
      : []),
  ];
}

/** 0.3 is a multiple of 0.1, though not in binary. */
const isMultiple = (value: number, of: number) => {
  const times = value / of;
  return Math.abs(times - Math.round(times)) < 1e-9;
};

interface Limits {
  readonly min: number | undefined;
  readonly max: number | undefined;
  readonly of: string;
}

const listLimits = ({ minItems, maxItems }: JSONSchemaProps): Limits => ({
  min: minItems,
  max: maxItems,
  of: 'items',
});

const objectLimits = ({ minProperties, maxProperties }: JSONSchemaProps): Limits => ({
  min: minProperties,
  max: maxProperties,
  of: 'properties',
});

const sizeProblems = (
  path: string,
  value: unknown,
  size: number,
  { min, max, of }: Limits,
): readonly FieldError[] => [
  ...(max !== undefined && size > max ? [tooMany(path, size, max)] : []),
  ...(min !== undefined && size < min
    ? [invalidValue(path, value, `${path} in body should have at least ${min} ${of}`)]
    : []),
];
