import { internalError } from '@berth/api';
import type { CustomResourceDefinition, FieldError, JSONSchemaProps, KubeObject } from '@berth/api';
import { withMeta } from '../registry/object-meta.ts';
import type { ScaleAccess, Strategy } from '../registry/strategy.ts';
import { columnsOf } from './columns.ts';
import { applyDefaults } from './defaults.ts';
import { storageVersionOf, typeOf } from './definition.ts';
import type { Version } from './definition.ts';
import { deprecationOf } from './deprecation.ts';
import { fieldSchemaOf } from './field-schema.ts';
import { valueAt, withValueAt } from './field-path.ts';
import { prune } from './prune.ts';
import { readCustom } from './read-custom.ts';
import type { CompileRules, RuleCheck } from './rules.ts';
import { validateValue } from './validate-value.ts';

interface Custom extends KubeObject {
  readonly status?: unknown;
}

const anything: JSONSchemaProps = {
  type: 'object',
  'x-kubernetes-preserve-unknown-fields': true,
};

const schemaOf = ({ schema }: Version): JSONSchemaProps => schema?.openAPIV3Schema ?? anything;

/** One strategy for each version that a definition serves. */
export const strategiesOf = (
  definition: CustomResourceDefinition,
  compileRules: CompileRules,
): readonly Strategy[] =>
  definition.spec.versions
    .filter(({ served }) => served)
    .map((version) => strategyOf(definition, version, compileRules));

function strategyOf(
  definition: CustomResourceDefinition,
  version: Version,
  compileRules: CompileRules,
): Strategy {
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
        prepareForUpdate: (object, old) => withStatusOf(keepMeta(old, object), object),
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
    storedAs: storedAs(definition, schema),
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

/** What is stored has the storage version's fields; what a reader gets has the defaults of the version asked for. */
function storedAs(
  definition: CustomResourceDefinition,
  schema: JSONSchemaProps,
): NonNullable<Strategy['storedAs']> {
  const storage = storageVersionOf(definition);
  if (!storage) throw new Error(`no storage version of ${definition.metadata.name}`);
  const stored = schemaOf(storage);
  return {
    type: typeOf(definition, storage),
    toStored: (object) => object,
    fromStored: (object) =>
      applyDefaults(prune(object, stored, true).value, schema, true) as KubeObject,
  };
}

const withoutStatus = ({ status: _status, ...object }: Custom): KubeObject => object;

const withStatusOf = (object: KubeObject, { status }: Custom): KubeObject => ({
  ...withoutStatus(object),
  ...(status !== undefined && { status }),
});

/** Who writes a status changes nothing else, not even labels; only who manages which field is new. */
function keepMeta(old: KubeObject, { metadata }: KubeObject): KubeObject {
  const { managedFields: _fields, ...kept } = old.metadata;
  const { managedFields } = metadata;
  return withMeta(old, { ...kept, ...(managedFields && { managedFields }) });
}

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
