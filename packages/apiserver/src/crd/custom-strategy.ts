import { apiVersionOf, internalError } from '@berth/api';
import type { CustomResourceDefinition, FieldError, JSONSchemaProps, KubeObject } from '@berth/api';
import type { Convert, ScaleAccess, Strategy } from '../registry/strategy.ts';
import { columnsOf } from './columns.ts';
import { applyDefaults } from './defaults.ts';
import { storageVersionOf, typeOf } from './definition.ts';
import type { Version } from './definition.ts';
import { deprecationOf } from './deprecation.ts';
import { fieldSchemaOf } from './field-schema.ts';
import { valueAt, withValueAt } from './field-path.ts';
import { readCustom } from './read-custom.ts';
import type { CompileRules, RuleCheck } from './rules.ts';
import { validateValue } from './validate-value.ts';
import { schemaOf, versionSchemas } from './version-schemas.ts';
import type { MakeConvert } from './webhook-conversion.ts';

interface Custom extends KubeObject {
  readonly status?: unknown;
}

/** One strategy for each version that a definition serves. */
export const strategiesOf = (
  definition: CustomResourceDefinition,
  compileRules: CompileRules,
  convertFor: MakeConvert,
): readonly Strategy[] => {
  const stored = storedAs(definition, convertFor(definition));
  return definition.spec.versions
    .filter(({ served }) => served)
    .map((version) => ({ ...strategyOf(definition, version, compileRules), ...stored(version) }));
};

function strategyOf(
  definition: CustomResourceDefinition,
  version: Version,
  compileRules: CompileRules,
): Omit<Strategy, 'storedAs'> {
  const schema = schemaOf(version);
  const type = typeOf(definition, version);
  const hasStatus = Boolean(version.subresources?.status);
  const warning = deprecationOf(definition, version);
  const { scale } = version.subresources ?? {};
  const rules = compileRules(schema);
  return {
    type,
    body: { decode: (value) => readCustom(value, schema), schema: fieldSchemaOf(schema) },
    published: schema,
    defaults: (object) => applyDefaults(object, schema, true) as KubeObject,
    prepareForCreate: (object) => (hasStatus ? withoutStatus(object) : object),
    prepareForUpdate: (object, old) => (hasStatus ? withStatusOf(object, old) : object),
    validate: (object) => problemsOf(object, undefined, schema, rules),
    validateUpdate: (object, old) => problemsOf(object, old, schema, rules),
    generationOf: (object) => wantedOf(object, hasStatus),
    ...(hasStatus && {
      status: {
        keepsMeta: true,
        validateUpdate: (object, old) => problemsOf(object, old, schema, rules),
      },
    }),
    ...(scale && { scale: scaleAccess(scale) }),
    ...selectableOf(version),
    columns: columnsOf(version.additionalPrinterColumns),
    ...(warning !== undefined && { warning }),
    ...(definition.metadata.deletionTimestamp !== undefined && {
      closed: 'create not allowed while custom resource definition is terminating',
    }),
  };
}

const problemsOf = (
  object: KubeObject,
  old: KubeObject | undefined,
  schema: JSONSchemaProps,
  rules: RuleCheck,
): readonly FieldError[] => {
  const problems = validateValue(object, schema, old && { old });
  // Rules may rely on the types that the schema promises.
  return problems.length > 0 ? problems : rules(object, old);
};

/**
 * What is stored has the fields of the storage version. What is read has the fields and the defaults of the version in
 * which it was stored, and of those the fields that the version asked for knows, too.
 */
function storedAs(definition: CustomResourceDefinition, convert: Convert | undefined) {
  const storage = storageVersionOf(definition);
  if (!storage) throw new Error(`no storage version of ${definition.metadata.name}`);
  const { completed, pruned } = versionSchemas(definition);
  const type = typeOf(definition, storage);
  const renamed = (object: KubeObject, { name: version }: Pick<Version, 'name'>) => {
    const apiVersion = apiVersionOf({ ...type, version });
    return object.apiVersion === apiVersion ? object : pruned({ ...object, apiVersion });
  };
  return (version: Version): Required<Pick<Strategy, 'storedAs'>> => ({
    storedAs: {
      type,
      toStored: (object) => renamed(object, storage),
      fromStored: (object) => renamed(completed(object), version),
      ...(convert && { convert }),
    },
  });
}

const withoutStatus = ({ status: _status, ...object }: Custom): KubeObject => object;

const withStatusOf = (object: KubeObject, { status }: Custom): KubeObject => ({
  ...withoutStatus(object),
  ...(status !== undefined && { status }),
});

/** All that a client may want differently. */
function wantedOf(object: KubeObject, hasStatus: boolean): unknown {
  const { metadata: _metadata, apiVersion: _version, ...wanted } = object;
  return hasStatus ? withoutStatus(wanted as KubeObject) : wanted;
}

type Scale = NonNullable<NonNullable<Version['subresources']>['scale']>;

function scaleAccess({
  specReplicasPath,
  statusReplicasPath,
  labelSelectorPath,
}: Scale): ScaleAccess<KubeObject> {
  return {
    replicas: (object) => {
      const value = valueAt(object, specReplicasPath);
      if (typeof value === 'number') return value;
      throw internalError(`the spec replicas field "${specReplicasPath}" does not exist`);
    },
    statusReplicas: (object) => {
      const value = valueAt(object, statusReplicasPath);
      return typeof value === 'number' ? value : 0;
    },
    selector: (object) => {
      const value = labelSelectorPath ? valueAt(object, labelSelectorPath) : undefined;
      return typeof value === 'string' ? value : '';
    },
    withReplicas: (object, replicas) =>
      withValueAt({ ...object }, specReplicasPath, replicas) as unknown as KubeObject,
  };
}

function selectableOf({
  selectableFields = [],
}: Version): Pick<Strategy, 'selectable' | 'selectableFields'> {
  if (selectableFields.length === 0) return {};
  const paths = selectableFields.map(({ jsonPath }) => jsonPath);
  return {
    selectable: paths.map((path) => path.slice(1)),
    selectableFields: (object) =>
      Object.fromEntries(paths.map((path) => [path.slice(1), textOf(valueAt(object, path))])),
  };
}

const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : '';
