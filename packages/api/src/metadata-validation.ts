import { isDeepEqual } from './deep-equal.ts';
import { at, forbiddenField, invalidEach, invalidValue, required, tooLong } from './field.ts';
import type { FieldError } from './field.ts';
import type { ManagedFieldsEntry, ObjectMeta } from './gen/types.ts';
import { goQuote } from './go-quote.ts';
import { asPrefix, dnsLabel, qualifiedName } from './names.ts';
import type { NameRule } from './names.ts';
import { validateOwnerReferences } from './owner-validation.ts';
import { validateLabels } from './selectors/meta-label-selector.ts';

const maxAnnotationBytes = 256 * 1024;
const maxManagerBytes = 128;
const maxSubresourceBytes = 256;

export interface MetadataRules {
  readonly namespaced: boolean;
  readonly nameRule: NameRule;
  /** `metadata` when not said. */
  readonly path?: string;
}

/** What is wrong with the metadata of a new object, after its name was generated and its namespace filled in. */
export function validateObjectMeta(
  metadata: Partial<ObjectMeta>,
  { namespaced, nameRule, path = 'metadata' }: MetadataRules,
): readonly FieldError[] {
  return [
    ...validateName(metadata, nameRule, path),
    ...validateNamespace(metadata.namespace ?? '', namespaced, path),
    ...validateGeneration(metadata.generation ?? 0, path),
    ...validateContent(metadata, path),
    ...validateFinalizers(metadata.finalizers ?? [], at(path, 'finalizers')),
  ];
}

/** What is wrong with the metadata of an object that replaces `old`. */
export function validateObjectMetaUpdate(
  next: ObjectMeta,
  old: ObjectMeta,
  path = 'metadata',
): readonly FieldError[] {
  return [
    ...(old.deletionTimestamp === undefined ? [] : validateNoNewFinalizers(next, old, path)),
    ...(next.resourceVersion
      ? []
      : [invalidValue(at(path, 'resourceVersion'), '', 'must be specified for an update')]),
    ...((next.generation ?? 0) < (old.generation ?? 0)
      ? [invalidValue(at(path, 'generation'), next.generation ?? 0, 'must not be decremented')]
      : []),
    ...identity.flatMap((field) => validateImmutable(next[field], old[field], at(path, field))),
    ...validateContent(next, path),
  ];
}

const identity = [
  'name',
  'namespace',
  'uid',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
] as const;

/** `field is immutable`, unless both say the same. */
export const validateImmutable = (
  next: unknown,
  old: unknown,
  path: string,
): readonly FieldError[] =>
  isDeepEqual(next, old) ? [] : [invalidValue(path, next, 'field is immutable')];

function validateName(
  { name = '', generateName = '' }: Partial<ObjectMeta>,
  rule: NameRule,
  path: string,
): readonly FieldError[] {
  return [
    ...(generateName
      ? invalidEach(at(path, 'generateName'), generateName, asPrefix(rule)(generateName))
      : []),
    ...(name
      ? invalidEach(at(path, 'name'), name, rule(name))
      : [required(at(path, 'name'), 'name or generateName is required')]),
  ];
}

function validateNamespace(
  namespace: string,
  namespaced: boolean,
  path: string,
): readonly FieldError[] {
  const field = at(path, 'namespace');
  if (!namespaced) return namespace ? [forbiddenField(field, 'not allowed on this type')] : [];
  return namespace ? invalidEach(field, namespace, dnsLabel(namespace)) : [required(field)];
}

const validateGeneration = (generation: number, path: string): readonly FieldError[] =>
  generation < 0
    ? [invalidValue(at(path, 'generation'), generation, 'must be greater than or equal to 0')]
    : [];

/** What holds for new and for changed metadata. */
const validateContent = (metadata: Partial<ObjectMeta>, path: string): readonly FieldError[] => [
  ...validateLabels(metadata.labels ?? {}, at(path, 'labels')),
  ...validateAnnotations(metadata.annotations ?? {}, at(path, 'annotations')),
  ...validateOwnerReferences(metadata.ownerReferences ?? [], at(path, 'ownerReferences')),
  ...validateManagedFields(metadata.managedFields ?? [], at(path, 'managedFields')),
];

/** Keys are label keys of any case; all keys and values together have a limit. */
export function validateAnnotations(
  annotations: Readonly<Record<string, string>>,
  path: string,
): readonly FieldError[] {
  const entries = Object.entries(annotations);
  const bytes = entries.reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value),
    0,
  );
  return [
    ...entries.flatMap(([key]) => invalidEach(path, key, qualifiedName(key.toLowerCase()))),
    ...(bytes > maxAnnotationBytes ? [tooLong(path, maxAnnotationBytes)] : []),
  ];
}

function validateFinalizers(finalizers: readonly string[], path: string): readonly FieldError[] {
  const isTorn = finalizers.includes('orphan') && finalizers.includes('foregroundDeletion');
  return [
    ...finalizers.flatMap((finalizer) => invalidEach(path, finalizer, qualifiedName(finalizer))),
    ...(isTorn
      ? [
          invalidValue(
            path,
            finalizers,
            'finalizer orphan and foregroundDeletion cannot be both set',
          ),
        ]
      : []),
  ];
}

function validateNoNewFinalizers(
  next: ObjectMeta,
  old: ObjectMeta,
  path: string,
): readonly FieldError[] {
  const added = (next.finalizers ?? []).filter((name) => !old.finalizers?.includes(name));
  if (!added.length) return [];
  const list = [...new Set(added)].toSorted().map(goQuote).join(', ');
  return [
    forbiddenField(
      at(path, 'finalizers'),
      `no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`,
    ),
  ];
}

const validateManagedFields = (
  entries: readonly ManagedFieldsEntry[],
  path: string,
): readonly FieldError[] =>
  entries.flatMap((entry, index) => validateManagedEntry(entry, at(path, index)));

function validateManagedEntry(
  { operation = '', fieldsType = '', manager = '', subresource = '' }: ManagedFieldsEntry,
  path: string,
): readonly FieldError[] {
  return [
    ...(operation === 'Apply' || operation === 'Update'
      ? []
      : [invalidValue(at(path, 'operation'), operation, 'must be `Apply` or `Update`')]),
    ...(fieldsType === '' || fieldsType === 'FieldsV1'
      ? []
      : [invalidValue(at(path, 'fieldsType'), fieldsType, 'must be `FieldsV1`')]),
    ...validateFieldManager(manager, at(path, 'manager')),
    ...(Buffer.byteLength(subresource) > maxSubresourceBytes
      ? [tooLong(at(path, 'subresource'), maxSubresourceBytes)]
      : []),
  ];
}

/** What nearly every client calls itself. */
const isPlain = /^[\x20-\x7e]{0,128}$/;

/** A field manager is up to 128 bytes of what can be printed. */
export function validateFieldManager(manager: string, path: string): readonly FieldError[] {
  if (isPlain.test(manager)) return [];
  const problems = Array.from(manager.matchAll(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu), (match) => {
    const code = (match[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    const position = Buffer.byteLength(manager.slice(0, match.index));
    return `invalid character U+${code} (at position ${position})`;
  });
  return [
    ...(Buffer.byteLength(manager) > maxManagerBytes ? [tooLong(path, maxManagerBytes)] : []),
    ...invalidEach(path, manager, problems),
  ];
}
