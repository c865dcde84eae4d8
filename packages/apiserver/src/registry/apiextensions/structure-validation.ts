import { at, atKey, forbiddenField, invalidValue, notSupported, required } from '@berth/api';
import type { FieldError, JSONSchemaProps } from '@berth/api';
import { isValues, itemsOf, valuesOf } from '../../crd/structural.ts';
import { patternProblem } from '../../crd/pattern.ts';
import { validateValue } from '../../crd/validate-value.ts';
import { prune } from '../../crd/prune.ts';

type Level = 'root' | 'item' | 'field';

/** What keeps a schema from being structural: one that says of every value what it is, once. */
export const validateStructure = (schema: JSONSchemaProps, path: string): readonly FieldError[] =>
  validateNode(schema, path, 'root');

function validateNode(schema: JSONSchemaProps, path: string, level: Level): readonly FieldError[] {
  const items = itemsOf(schema);
  const values = valuesOf(schema);
  return [
    ...validateKeywords(schema, path),
    ...validateType(schema, path, level),
    ...validateExtensions(schema, path),
    ...validateMetadata(schema, path, level),
    ...validateDefault(schema, path),
    ...validateJunctors(schema, path),
    ...(items ? validateNode(items, at(path, 'items'), 'item') : []),
    ...(values ? validateNode(values, at(path, 'additionalProperties'), 'field') : []),
    ...Object.entries(schema.properties ?? {}).flatMap(([name, field]) =>
      validateNode(field, atKey(at(path, 'properties'), name), 'field'),
    ),
  ];
}

const unsupported = [
  'id',
  '$ref',
  'additionalItems',
  'patternProperties',
  'definitions',
  'dependencies',
] as const;

function validateKeywords(schema: JSONSchemaProps, path: string): readonly FieldError[] {
  const { items, properties, additionalProperties, pattern, type } = schema;
  return [
    ...unsupported.flatMap((name) =>
      schema[name] === undefined
        ? []
        : [forbiddenField(at(path, name), `${name} is not supported`)],
    ),
    ...(schema.uniqueItems
      ? [
          forbiddenField(
            at(path, 'uniqueItems'),
            'uniqueItems cannot be set to true since the runtime complexity becomes quadratic',
          ),
        ]
      : []),
    ...(Array.isArray(items)
      ? [forbiddenField(at(path, 'items'), 'items must be a schema object and not an array')]
      : []),
    ...(properties &&
    Object.keys(properties).length > 0 &&
    additionalProperties !== undefined &&
    additionalProperties !== true
      ? [
          forbiddenField(
            at(path, 'additionalProperties'),
            'additionalProperties and properties are mutual exclusive',
          ),
        ]
      : []),
    ...(type === 'null' ? [forbiddenField(at(path, 'type'), 'type cannot be set to null')] : []),
    ...validatePattern(pattern, at(path, 'pattern')),
  ];
}

function validatePattern(pattern: string | undefined, path: string): readonly FieldError[] {
  const problem = pattern ? patternProblem(pattern) : undefined;
  return problem === undefined
    ? []
    : [invalidValue(path, pattern, `must be a valid regular expression, but isn't: ${problem}`)];
}

const types = ['array', 'boolean', 'integer', 'number', 'object', 'string'] as const;

const emptyType: Readonly<Record<Level, string>> = {
  root: 'must not be empty at the root',
  item: 'must not be empty for specified array items',
  field: 'must not be empty for specified object fields',
};

function validateType(schema: JSONSchemaProps, path: string, level: Level): readonly FieldError[] {
  const { type } = schema;
  const field = at(path, 'type');
  if (schema['x-kubernetes-embedded-resource'] && type !== 'object') {
    const why = 'must be object if x-kubernetes-embedded-resource is true';
    return [type ? invalidValue(field, type, why) : required(field, why)];
  }
  if (!type) {
    const isFree =
      schema['x-kubernetes-int-or-string'] || schema['x-kubernetes-preserve-unknown-fields'];
    return isFree && level !== 'root' ? [] : [required(field, emptyType[level])];
  }
  if (!types.some((one) => one === type)) return [notSupported(field, type, types)];
  if (level === 'root' && type !== 'object')
    return [invalidValue(field, type, 'must be object at the root')];
  return type === 'array' && !itemsOf(schema)
    ? [required(at(path, 'items'), 'must be specified')]
    : [];
}

const listTypes = ['atomic', 'map', 'set'] as const;
const mapTypes = ['atomic', 'granular'] as const;

function validateExtensions(schema: JSONSchemaProps, path: string): readonly FieldError[] {
  const either = schema['x-kubernetes-int-or-string'] === true;
  const why = 'must be false if x-kubernetes-int-or-string is true';
  const embedded = schema['x-kubernetes-embedded-resource'] === true;
  const preserves = schema['x-kubernetes-preserve-unknown-fields'] === true;
  const mapType = schema['x-kubernetes-map-type'];
  return [
    ...(schema['x-kubernetes-preserve-unknown-fields'] === false
      ? [
          invalidValue(
            at(path, 'x-kubernetes-preserve-unknown-fields'),
            false,
            'must be true or undefined',
          ),
        ]
      : []),
    ...(either && preserves
      ? [invalidValue(at(path, 'x-kubernetes-preserve-unknown-fields'), true, why)]
      : []),
    ...(either && embedded
      ? [invalidValue(at(path, 'x-kubernetes-embedded-resource'), true, why)]
      : []),
    ...(embedded && schema.additionalProperties !== undefined
      ? [
          forbiddenField(
            at(path, 'additionalProperties'),
            'must not be used if x-kubernetes-embedded-resource is set',
          ),
        ]
      : []),
    ...(embedded && !preserves && Object.keys(schema.properties ?? {}).length === 0
      ? [
          required(
            at(path, 'properties'),
            'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields',
          ),
        ]
      : []),
    ...(mapType !== undefined && !mapTypes.some((one) => one === mapType)
      ? [notSupported(at(path, 'x-kubernetes-map-type'), mapType, mapTypes)]
      : []),
    ...validateListType(schema, path),
  ];
}

function validateListType(schema: JSONSchemaProps, path: string): readonly FieldError[] {
  const field = at(path, 'x-kubernetes-list-type');
  const listType = schema['x-kubernetes-list-type'];
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const keysField = at(path, 'x-kubernetes-list-map-keys');
  if (listType === undefined) {
    return keys.length > 0
      ? [required(field, 'must be map if x-kubernetes-list-map-keys is non-empty')]
      : [];
  }
  if (!listTypes.some((one) => one === listType)) return [notSupported(field, listType, listTypes)];
  const problems =
    schema.type === 'array'
      ? []
      : [
          invalidValue(
            at(path, 'type'),
            schema.type ?? '',
            'must be array if x-kubernetes-list-type is specified',
          ),
        ];
  if (listType !== 'map') {
    return keys.length > 0
      ? [
          ...problems,
          invalidValue(field, listType, 'must be map if x-kubernetes-list-map-keys is non-empty'),
        ]
      : problems;
  }
  const items = itemsOf(schema);
  if (keys.length === 0)
    return [...problems, required(keysField, 'must not be empty if x-kubernetes-list-type is map')];
  if (items?.type !== 'object')
    return [
      ...problems,
      invalidValue(
        at(path, 'items', 'type'),
        items?.type ?? '',
        "must be object if parent array's x-kubernetes-list-type is map",
      ),
    ];
  return [
    ...problems,
    ...keys.flatMap((key, index) => keyProblems(items, key, at(keysField, index), path)),
  ];
}

/** A key tells elements apart, so it is always there. */
function keyProblems(
  items: JSONSchemaProps,
  key: string,
  field: string,
  path: string,
): readonly FieldError[] {
  const property = items.properties?.[key];
  if (!property) return [invalidValue(field, key, 'entries must all be names of item properties')];
  return items.required?.includes(key) || property.default !== undefined
    ? []
    : [
        required(
          atKey(at(path, 'items', 'properties'), key) + '.default',
          'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property',
        ),
      ];
}

/** Objects have the metadata that all objects have; a schema can only restrict their names. */
function validateMetadata(
  schema: JSONSchemaProps,
  path: string,
  level: Level,
): readonly FieldError[] {
  if (level !== 'root' && !schema['x-kubernetes-embedded-resource']) return [];
  const { metadata, apiVersion, kind } = schema.properties ?? {};
  const properties = at(path, 'properties');
  const text = (name: string, field: JSONSchemaProps | undefined) =>
    field && field.type !== 'string'
      ? [invalidValue(`${atKey(properties, name)}.type`, field.type ?? '', 'must be string')]
      : [];
  return [
    ...text('kind', kind),
    ...text('apiVersion', apiVersion),
    ...(metadata && metadata.type !== 'object'
      ? [
          invalidValue(
            `${atKey(properties, 'metadata')}.type`,
            metadata.type ?? '',
            'must be object',
          ),
        ]
      : []),
    ...(level === 'root' &&
    Object.keys(metadata?.properties ?? {}).some((name) => !['name', 'generateName'].includes(name))
      ? [
          forbiddenField(
            atKey(properties, 'metadata'),
            'must not specify anything other than name and generateName, but metadata is implicitly specified',
          ),
        ]
      : []),
    ...(level === 'root' && schema.additionalProperties !== undefined
      ? [forbiddenField(at(path, 'additionalProperties'), 'must not be used at the root')]
      : []),
  ];
}

/** A default is a value that the schema itself would take. */
function validateDefault(schema: JSONSchemaProps, path: string): readonly FieldError[] {
  if (schema.default === undefined) return [];
  const field = at(path, 'default');
  const { default: value, ...rest } = schema;
  const { unknownFields } = prune(value, rest, schema['x-kubernetes-embedded-resource'] === true);
  return unknownFields.length > 0
    ? [invalidValue(field, value, 'must not have unknown fields')]
    : validateValue(value, rest, { path: field });
}

const fixed = [
  'type',
  'title',
  'description',
  'nullable',
  'default',
  'additionalProperties',
  'externalDocs',
  'x-kubernetes-preserve-unknown-fields',
  'x-kubernetes-embedded-resource',
  'x-kubernetes-int-or-string',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-list-type',
  'x-kubernetes-map-type',
  'x-kubernetes-validations',
] as const;

const emptyWords: Readonly<Record<string, string>> = {
  type: 'must be empty to be structural',
  title: 'must be empty to be structural',
  description: 'must be empty to be structural',
  nullable: 'must be false to be structural',
  'x-kubernetes-preserve-unknown-fields': 'must be false to be structural',
  'x-kubernetes-embedded-resource': 'must be false to be structural',
  'x-kubernetes-int-or-string': 'must be false to be structural',
  'x-kubernetes-list-map-keys': 'must be empty to be structural',
  'x-kubernetes-validations': 'must be empty to be structural',
};

function validateJunctors(schema: JSONSchemaProps, path: string): readonly FieldError[] {
  const { allOf = [], anyOf = [], oneOf = [], not } = schema;
  const either = schema['x-kubernetes-int-or-string'] === true;
  const each = (name: string, list: readonly JSONSchemaProps[]) =>
    list.flatMap((one, index) => validateNested(one, at(path, name, index), either && index === 0));
  return [
    ...each('allOf', allOf),
    ...(either && isIntOrString(anyOf) ? [] : each('anyOf', anyOf)),
    ...each('oneOf', oneOf),
    ...(not ? validateNested(not, at(path, 'not'), false) : []),
  ];
}

/** The one place in which a type may be said inside of a junctor. */
const isIntOrString = (anyOf: readonly JSONSchemaProps[]) =>
  anyOf.length === 2 && anyOf.every((one, index) => one.type === ['integer', 'string'][index]);

/** A schema in a junctor restricts values; what they are is said outside. */
function validateNested(
  schema: JSONSchemaProps,
  path: string,
  mayBeEither: boolean,
): readonly FieldError[] {
  const { anyOf = [] } = schema;
  const items = itemsOf(schema);
  const { anyOf: _anyOf, ...rest } = schema;
  const inner = mayBeEither && isIntOrString(anyOf) ? rest : schema;
  return [
    ...fixed.flatMap((name) =>
      schema[name] === undefined || schema[name] === false
        ? []
        : [
            forbiddenField(
              at(path, name),
              emptyWords[name] ?? 'must be undefined to be structural',
            ),
          ],
    ),
    ...validateJunctors(inner, path),
    ...(items ? validateNested(items, at(path, 'items'), false) : []),
    ...Object.entries(schema.properties ?? {}).flatMap(([name, field]) =>
      isValues(field) ? validateNested(field, atKey(at(path, 'properties'), name), false) : [],
    ),
    ...(schema.properties && Object.hasOwn(schema.properties, 'metadata')
      ? [
          forbiddenField(
            atKey(at(path, 'properties'), 'metadata'),
            'must not be specified in a nested context',
          ),
        ]
      : []),
  ];
}
