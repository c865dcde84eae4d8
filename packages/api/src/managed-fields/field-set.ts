/**
 * A set of fields of an object, as a tree: path element (see path-element.ts) to node. A field may be in the set
 * without its children and the other way round. No node is without both.
 */
export type FieldSet = ReadonlyMap<string, FieldNode>;

export interface FieldNode {
  /** The field itself is in the set. */
  readonly isMember: boolean;
  readonly children: FieldSet;
}

export type FieldPath = readonly string[];

export const emptySet: FieldSet = new Map();

/** A set under construction. */
export type FieldSetDraft = Map<string, FieldDraft>;

export interface FieldDraft {
  isMember: boolean;
  readonly children: FieldSetDraft;
}

/** Adds one field; its parents are not added with it. The empty path, which is the whole object, is nobody's. */
export function insert(draft: FieldSetDraft, path: FieldPath): void {
  let level = draft;
  path.forEach((element, at) => {
    let node = level.get(element);
    if (!node) level.set(element, (node = { isMember: false, children: new Map() }));
    if (at === path.length - 1) node.isMember = true;
    level = node.children;
  });
}

/** Puts a field that the set does not have yet into it, with what `node` holds below it. */
export function graft(draft: FieldSetDraft, path: FieldPath, node: FieldDraft): void {
  let level = draft;
  for (const element of path.slice(0, -1)) {
    let parent = level.get(element);
    if (!parent) level.set(element, (parent = { isMember: false, children: new Map() }));
    level = parent.children;
  }
  const last = path.at(-1);
  if (last !== undefined) level.set(last, node);
}

export function fieldSet(paths: Iterable<FieldPath>): FieldSet {
  const draft: FieldSetDraft = new Map();
  for (const path of paths) insert(draft, path);
  return draft;
}

export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (a.size === 0) return b;
  if (b.size === 0) return a;
  const result = new Map(a);
  for (const [element, node] of b) {
    const own = a.get(element);
    result.set(
      element,
      own
        ? {
            isMember: own.isMember || node.isMember,
            children: union(own.children, node.children),
          }
        : node,
    );
  }
  return result;
}

export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  const result = new Map<string, FieldNode>();
  for (const [element, node] of a) {
    const other = b.get(element);
    if (!other) continue;
    const isMember = node.isMember && other.isMember;
    const children = intersection(node.children, other.children);
    if (isMember || children.size > 0) result.set(element, { isMember, children });
  }
  return result;
}

/** What is in `a` and not in `b`; a field in `b` says nothing of its children. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  return subtract(a, b, (node, other) => difference(node.children, other.children));
}

/** What is in `a` and is neither in `b` nor below a field in `b`. */
export function recursiveDifference(a: FieldSet, b: FieldSet): FieldSet {
  return subtract(a, b, (node, other) =>
    other.isMember ? emptySet : recursiveDifference(node.children, other.children),
  );
}

function subtract(
  a: FieldSet,
  b: FieldSet,
  childrenLeft: (node: FieldNode, other: FieldNode) => FieldSet,
): FieldSet {
  if (a.size === 0 || b.size === 0) return a;
  const result = new Map<string, FieldNode>();
  for (const [element, node] of a) {
    const other = b.get(element);
    const isMember = node.isMember && !other?.isMember;
    const children = other ? childrenLeft(node, other) : node.children;
    if (isMember || children.size > 0) result.set(element, { isMember, children });
  }
  return result;
}

export const isEqualSet = (a: FieldSet, b: FieldSet): boolean =>
  a.size === b.size &&
  [...a].every(([element, node]) => {
    const other = b.get(element);
    return other?.isMember === node.isMember && isEqualSet(node.children, other.children);
  });

/** Every field of the set: those of a level before what lies below them, each level in order. */
export function* fieldsOf(set: FieldSet, above: FieldPath = []): Generator<FieldPath> {
  const nodes = [...set].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [element, node] of nodes) if (node.isMember) yield [...above, element];
  for (const [element, node] of nodes) yield* fieldsOf(node.children, [...above, element]);
}
