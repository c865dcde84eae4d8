import { validateAnnotations, validateLabels } from '@berth/api';
import type { FieldError, KubeObject, ObjectMeta } from '@berth/api';
import { withMeta } from '../registry/object-meta.ts';
import { isValues } from './structural.ts';
import type { Values } from './structural.ts';

type Texts = Readonly<Record<string, string>>;

/**
 * A converted object with the metadata it had before: a conversion may change labels and annotations, and nothing
 * else. Throws an Error in upstream's words when it is not the same object, or has become something that cannot be.
 */
export function restoreMeta(original: KubeObject, converted: Values): KubeObject {
  const { metadata } = converted;
  const own = isValues(metadata) ? metadata : {};
  refuseOther('kind', original.kind, converted.kind);
  refuseOther('name', original.metadata.name, own.name);
  refuseOther('namespace', original.metadata.namespace, own.namespace);
  refuseOther('UID', original.metadata.uid, own.uid);
  if (!isValues(metadata)) throw new Error('missing metadata in converted object');
  const { labels: _labels, annotations: _annotations, ...kept } = original.metadata;
  const labels = textsOf(original.metadata, metadata, 'labels', validateLabels);
  const annotations = textsOf(original.metadata, metadata, 'annotations', validateAnnotations);
  return withMeta(converted as unknown as KubeObject, {
    ...kept,
    ...(labels && { labels }),
    ...(annotations && { annotations }),
  });
}

function refuseOther(what: string, expected: string | undefined, got: unknown): void {
  const text = typeof got === 'string' ? got : '';
  if ((expected ?? '') === text) return;
  throw new Error(`must have the same ${what}: ${expected ?? ''} != ${text}`);
}

function textsOf(
  original: ObjectMeta,
  metadata: Values,
  field: 'labels' | 'annotations',
  validate: (texts: Texts, path: string) => readonly FieldError[],
): Texts | undefined {
  const path = `metadata.${field}`;
  const value = metadata[field];
  if (value === undefined || value === null) return undefined;
  if (!isValues(value)) throw new Error(`invalid ${path} in converted object`);
  for (const [key, text] of Object.entries(value))
    if (typeof text !== 'string')
      throw new Error(`${path}[${key}] must be a string, but is not in converted object`);
  const texts = value as Texts;
  const [problem] = texts === original[field] ? [] : validate(texts, path);
  if (problem) throw new Error(`${problem.field}: ${problem.detail}`);
  return texts;
}
