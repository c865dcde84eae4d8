import { at, forbiddenField, validateAnnotations, validateLabels } from '@berth/api';
import type { FieldError, ObjectMeta } from '@berth/api';
import type { Given } from './given.ts';

/** Of an object that will be made by others, labels and annotations can be said and nothing else. */
export const checkTemplateMeta = (
  path: string,
  metadata: Given<ObjectMeta>,
): readonly FieldError[] => [
  ...validateAnnotations(metadata.annotations ?? {}, at(path, 'annotations')),
  ...validateLabels(metadata.labels ?? {}, at(path, 'labels')),
  ...Object.keys(metadata)
    .filter((field) => field !== 'annotations' && field !== 'labels')
    // Upstream names the fields of its own structs here.
    .map((field) => forbiddenField(at(path, goName(field)), 'cannot be set')),
];

const goName = (field: string) =>
  field === 'uid' ? 'UID' : `${field.slice(0, 1).toUpperCase()}${field.slice(1)}`;
