import { apiVersionOf } from '@berth/api';
import type { CustomResourceDefinition, JSONSchemaProps, KubeObject } from '@berth/api';
import { applyDefaults } from './defaults.ts';
import { storageVersionOf } from './definition.ts';
import type { Version } from './definition.ts';
import { prune } from './prune.ts';

const anything: JSONSchemaProps = {
  type: 'object',
  'x-kubernetes-preserve-unknown-fields': true,
};

/** What a version says of its objects; everything goes where it says nothing. */
export const schemaOf = ({ schema }: Version): JSONSchemaProps =>
  schema?.openAPIV3Schema ?? anything;

/** The versions of a definition, as objects that are read or converted go through them. */
export interface VersionSchemas {
  /** An object without what its own version does not know, with the defaults of that version. */
  readonly completed: (object: KubeObject) => KubeObject;
  /** An object without what its own version does not know. */
  readonly pruned: (object: KubeObject) => KubeObject;
}

/** A version that is no longer in the definition is taken for the one that is stored. */
export function versionSchemas(definition: CustomResourceDefinition): VersionSchemas {
  const { group, versions } = definition.spec;
  const byVersion = new Map(
    versions.map((version) => [apiVersionOf({ group, version: version.name }), schemaOf(version)]),
  );
  const storage = storageVersionOf(definition);
  const fallback = storage ? schemaOf(storage) : anything;
  const schemaFor = ({ apiVersion = '' }: KubeObject) => byVersion.get(apiVersion) ?? fallback;
  const pruned = (object: KubeObject) => prune(object, schemaFor(object), true).value as KubeObject;
  return {
    pruned,
    completed: (object) => applyDefaults(pruned(object), schemaFor(object), true) as KubeObject,
  };
}
