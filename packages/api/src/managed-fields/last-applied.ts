import { parseJson, stringifyJson } from '../json.ts';
import { isFields, ownField } from '../own-field.ts';
import type { Schema } from '../schema.ts';
import { compare } from './compare.ts';
import { difference, emptySet } from './field-set.ts';
import type { FieldSet } from './field-set.ts';
import { metadataOf, withoutManagers } from './managed-object.ts';
import { ownedFields } from './owned-fields.ts';
import { validateConfig } from './validate-config.ts';

/** Where client-side apply keeps what it applied. */
const annotation = 'kubectl.kubernetes.io/last-applied-configuration';

function lastApplied(object: unknown): string | undefined {
  const annotations = metadataOf(object)['annotations'];
  const text = isFields(annotations) ? ownField(annotations, annotation) : undefined;
  return typeof text === 'string' && text !== '' ? text : undefined;
}

/**
 * The fields that client-side apply set and that still hold what it set: kubectl may take them over without a
 * conflict when it changes to server-side apply.
 */
export function fieldsFromLastApplied(
  live: unknown,
  apiVersion: string,
  schema: Schema | undefined,
): FieldSet {
  const config = parse(lastApplied(live));
  if (!isFields(config) || config['apiVersion'] !== apiVersion) return emptySet;
  if (validateConfig(config, schema).length > 0) return emptySet;
  const { added, modified, removed } = compare(config, withoutManagers(live), schema);
  return [added, modified, removed].reduce(difference, ownedFields(config, schema));
}

function parse(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return parseJson(text).value;
  } catch {
    return undefined;
  }
}

/** Keeps the annotation, where there is one, equal to what was applied. */
export function withLastApplied<T>(object: T, config: unknown): T {
  if (lastApplied(object) === undefined || !isFields(config)) return object;
  const metadata = metadataOf(object);
  const annotations = metadata['annotations'] as Readonly<Record<string, unknown>>;
  const text = `${stringifyJson(withoutAnnotation(config))}\n`;
  return {
    ...object,
    metadata: { ...metadata, annotations: { ...annotations, [annotation]: text } },
  };
}

function withoutAnnotation(config: Readonly<Record<string, unknown>>): unknown {
  const metadata = metadataOf(config);
  const annotations = metadata['annotations'];
  if (!isFields(annotations)) return config;
  const { [annotation]: _, ...rest } = annotations;
  return { ...config, metadata: { ...metadata, annotations: rest } };
}
