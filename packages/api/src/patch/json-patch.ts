import { maxNesting, stringifyJson } from '../json.ts';
import { isFields, ownField } from '../own-field.ts';
import { badRequest, requestEntityTooLarge, StatusError } from '../status.ts';
import { createDocument, PatchFailure } from './json-document.ts';
import type { JsonDocument } from './json-document.ts';
import { isEqual } from './is-equal.ts';
import { typeName } from './merge-patch.ts';
import { inapplicable } from './patch-error.ts';

const maxOperations = 10_000;
/** What all copies of one patch may add, in bytes of JSON: the size of a body. */
const maxCopied = 3 * 1024 * 1024;

type Operation = Readonly<Record<string, unknown>>;

/**
 * Applies a JSON patch (RFC 6902) as the API server does: indices may count from the end, and `replace` of a missing
 * field adds it. Neither argument is changed. Throws BadRequest for what is no patch, RequestEntityTooLarge for too
 * many operations, and Invalid, with the reason as a cause, for one that does not fit the object.
 */
export function jsonPatch(current: unknown, patch: unknown): unknown {
  const operations = operationsOf(patch);
  const document = createDocument(current);
  let copied = 0;
  try {
    for (const operation of operations) copied = apply(document, operation, copied);
    if (nestsDeeper(document.root(), maxNesting)) throw new PatchFailure('exceeded max depth');
  } catch (err) {
    if (err instanceof PatchFailure) throw inapplicable(err.message);
    throw err;
  }
  return document.root();
}

function operationsOf(patch: unknown): readonly Operation[] {
  if (!Array.isArray(patch)) throw undecodable(patch, 'jsonpatch.Patch');
  if (patch.length > maxOperations) {
    throw requestEntityTooLarge(
      `The allowed maximum operations in a JSON patch is ${maxOperations}, got ${patch.length}`,
    );
  }
  return patch.map((operation: unknown) => {
    if (!isFields(operation)) throw undecodable(operation, 'jsonpatch.Operation');
    return operation;
  });
}

const undecodable = (value: unknown, goType: string): StatusError =>
  badRequest(`json: cannot unmarshal ${typeName(value)} into Go value of type ${goType}`);

/** Returns how much has been copied now. */
function apply(document: JsonDocument, operation: Operation, copied: number): number {
  const kind = ownField(operation, 'op');
  switch (kind) {
    case 'add':
      document.add(textField(operation, 'path', kind), valueOf(operation));
      break;
    case 'remove':
      document.remove(textField(operation, 'path', kind));
      break;
    case 'replace':
      document.replace(textField(operation, 'path', kind), valueOf(operation));
      break;
    case 'test':
      test(document, textField(operation, 'path', kind), valueOf(operation));
      break;
    case 'move':
      move(document, operation);
      break;
    case 'copy':
      return copied + copy(document, operation, copied);
    default:
      throw new PatchFailure(`Unexpected kind: ${typeof kind === 'string' ? kind : 'unknown'}`);
  }
  return copied;
}

function textField(operation: Operation, name: 'path' | 'from', kind: string): string {
  const value = ownField(operation, name);
  if (typeof value === 'string') return value;
  throw new PatchFailure(`${kind} operation failed to decode ${name}: missing value`);
}

const valueOf = (operation: Operation) => ownField(operation, 'value') ?? null;

function test(document: JsonDocument, path: string, expected: unknown) {
  const actual = document.get(path, 'test') ?? null;
  if (!isEqual(actual, expected))
    throw new PatchFailure(`testing value ${path} failed: test failed`);
}

function move(document: JsonDocument, operation: Operation) {
  const from = textField(operation, 'from', 'move');
  const value = document.get(from, 'move');
  document.remove(from);
  document.add(textField(operation, 'path', 'move'), value);
}

function copy(document: JsonDocument, operation: Operation, copied: number): number {
  const value = document.get(textField(operation, 'from', 'copy'), 'copy') ?? null;
  if (nestsDeeper(value, maxNesting)) throw new PatchFailure('exceeded max depth');
  const size = Buffer.byteLength(stringifyJson(value));
  if (copied + size > maxCopied) {
    throw new PatchFailure(
      `Unable to complete the copy, the accumulated size increase of copy is ${copied + size}, exceeding the limit ${maxCopied}`,
    );
  }
  document.add(textField(operation, 'path', 'copy'), deepCopy(value));
  return size;
}

/** The document changes its parts in place, so no part may stand in it twice. */
function deepCopy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(deepCopy);
  if (!isFields(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, deepCopy(item)]));
}

function nestsDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((item) => nestsDeeper(item, levels - 1));
}
