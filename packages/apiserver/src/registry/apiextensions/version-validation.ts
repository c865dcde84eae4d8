import { at, dns1035Label, invalidValue, notSupported, required } from '@berth/api';
import type { CustomResourceDefinitionVersion, FieldError, JSONSchemaProps } from '@berth/api';
import type { Given } from '../core/given.ts';
import { validateStructure } from './structure-validation.ts';

type Version = Given<CustomResourceDefinitionVersion>;

/** What is wrong with one version of a custom resource. */
export function validateVersion(version: Version, path: string): readonly FieldError[] {
  const { name = '', schema } = version;
  const names = dns1035Label(name);
  const place = at(path, 'schema', 'openAPIV3Schema');
  return [
    ...(names.length > 0 ? [invalidValue(at(path, 'name'), name, names.join(','))] : []),
    ...validateDeprecation(version, path),
    ...(schema?.openAPIV3Schema
      ? validateStructure(schema.openAPIV3Schema as JSONSchemaProps, place)
      : [required(place, 'schemas are required')]),
    ...validateColumns(
      version.additionalPrinterColumns ?? [],
      at(path, 'additionalPrinterColumns'),
    ),
    ...validateScale(version, at(path, 'subresources')),
    ...validateSelectable(version, at(path, 'selectableFields')),
  ];
}

function validateDeprecation(
  { deprecated, deprecationWarning }: Version,
  path: string,
): readonly FieldError[] {
  if (deprecationWarning === undefined) return [];
  const field = at(path, 'deprecationWarning');
  if (!deprecated)
    return [invalidValue(field, deprecationWarning, 'can only be set for deprecated versions')];
  return deprecationWarning === '' ? [invalidValue(field, '', 'must not be an empty string')] : [];
}

const columnTypes = ['boolean', 'date', 'integer', 'number', 'string'] as const;
const columnFormats = [
  'byte',
  'date',
  'date-time',
  'double',
  'float',
  'int32',
  'int64',
  'password',
];

type Columns = NonNullable<Version['additionalPrinterColumns']>;

const validateColumns = (columns: Columns, path: string): readonly FieldError[] =>
  columns.flatMap(({ name, type, format, jsonPath }, index) => {
    const place = at(path, index);
    return [
      ...(name ? [] : [required(at(place, 'name'))]),
      ...(type
        ? columnTypes.some((one) => one === type)
          ? []
          : [notSupported(at(place, 'type'), type, columnTypes)]
        : [required(at(place, 'type'), `must be one of ${columnTypes.join(',')}`)]),
      ...(format && !columnFormats.includes(format)
        ? [notSupported(at(place, 'format'), format, columnFormats)]
        : []),
      ...(jsonPath
        ? simplePath(jsonPath, at(place, 'jsonPath'))
        : [required(at(place, 'jsonPath'))]),
    ];
  });

const simplePath = (text: string, path: string): readonly FieldError[] =>
  text.startsWith('.')
    ? []
    : [invalidValue(path, text, 'must be a simple json path starting with .')];

function validateScale({ subresources }: Version, path: string): readonly FieldError[] {
  const scale = subresources?.scale;
  if (!scale) return [];
  const place = at(path, 'scale');
  const under = (field: string, text: string | undefined, roots: readonly string[]) => {
    if (!text) return [required(at(place, field))];
    const problems = simplePath(text, at(place, field));
    if (problems.length > 0 || roots.some((root) => text.startsWith(`${root}.`))) return problems;
    return [
      invalidValue(at(place, field), text, `should be a json path under ${roots.join(' or ')}`),
    ];
  };
  return [
    ...under('specReplicasPath', scale.specReplicasPath, ['.spec']),
    ...under('statusReplicasPath', scale.statusReplicasPath, ['.status']),
    ...(scale.labelSelectorPath
      ? under('labelSelectorPath', scale.labelSelectorPath, ['.status', '.spec'])
      : []),
  ];
}

const mostSelectable = 8;

function validateSelectable(
  { selectableFields = [] }: Version,
  path: string,
): readonly FieldError[] {
  const seen = new Set<string>();
  const tooMany =
    selectableFields.length > mostSelectable
      ? [
          {
            type: 'FieldValueTooMany' as const,
            field: path,
            detail: `Too many: ${selectableFields.length}: must have at most ${mostSelectable} items`,
          },
        ]
      : [];
  return [
    ...tooMany,
    ...selectableFields.flatMap(({ jsonPath = '' }, index) => {
      const field = at(path, index, 'jsonPath');
      if (!jsonPath) return [required(field)];
      if (seen.has(jsonPath))
        return [
          { type: 'FieldValueDuplicate' as const, field, detail: `Duplicate value: "${jsonPath}"` },
        ];
      seen.add(jsonPath);
      if (/^\.metadata(\.|$)/.test(jsonPath))
        return [invalidValue(field, jsonPath, 'must not point to fields in metadata')];
      return /^(\.[A-Za-z0-9_-]+)+$/.test(jsonPath)
        ? []
        : [invalidValue(field, jsonPath, 'is an invalid path')];
    }),
  ];
}
