import { isFields } from '../own-field.ts';
import type { FieldNode, FieldSet } from './field-set.ts';
import { canonicalElement } from './path-element.ts';

/** A set in the form in which objects carry it. */
export type FieldsV1 = Readonly<Record<string, unknown>>;

/** `.` marks a field that is in the set together with some of what lies below it. */
export function encodeFields(set: FieldSet): FieldsV1 {
  const elements = [...set.keys()].sort(byKindAndText);
  return Object.fromEntries(elements.map((element) => [element, encodeNode(set.get(element))]));
}

function encodeNode(node: FieldNode | undefined): FieldsV1 {
  if (!node || node.children.size === 0) return {};
  const children = encodeFields(node.children);
  return node.isMember ? { '.': {}, ...children } : children;
}

const kinds = 'fkvi';
const byKindAndText = (a: string, b: string) =>
  kinds.indexOf(a.charAt(0)) - kinds.indexOf(b.charAt(0)) || (a < b ? -1 : 1);

/** The inverse of `encodeFields`. Throws SyntaxError for what is no set; steps of an unknown kind are dropped. */
export function decodeFields(fields: unknown): FieldSet {
  return decodeNode(fields ?? {}).children;
}

function decodeNode(value: unknown): FieldNode {
  if (!isFields(value)) throw new SyntaxError('a set of fields must be an object');
  const children = new Map<string, FieldNode>();
  let isMember = false;
  for (const [text, child] of Object.entries(value)) {
    const element = text === '.' ? undefined : canonicalElement(text);
    if (text === '.') isMember = true;
    else if (element !== undefined) children.set(element, decodeNode(child));
  }
  return { isMember: isMember || children.size === 0, children };
}
