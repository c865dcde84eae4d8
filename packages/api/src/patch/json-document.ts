import { isFields, ownField, setOwnField } from '../own-field.ts';

/** Why an operation does not fit the document. */
export class PatchFailure extends Error {}

/** A JSON value that is changed by JSON pointers. What it was made from stays as it is. */
export interface JsonDocument {
  root(): unknown;
  /** Undefined for a field that an existing object does not have; a missing container or index is a failure. */
  get(path: string, operation: string): unknown;
  add(path: string, value: unknown): void;
  remove(path: string): void;
  replace(path: string, value: unknown): void;
}

type Container = unknown[] | Record<string, unknown>;

export function createDocument(value: unknown): JsonDocument {
  let root = value;
  /** Containers made here: they may be changed in place. */
  const own = new WeakSet<object>();

  function owned(container: object): Container {
    if (own.has(container)) return container as Container;
    const copy: Container = Array.isArray(container)
      ? (container.slice() as unknown[])
      : { ...(container as Record<string, unknown>) };
    own.add(copy);
    return copy;
  }

  /** The container that a path ends in, made our own together with all above it. */
  function parentOf(path: string): { container: Container; key: string } | undefined {
    const parts = path.split('/').slice(1).map(unescape);
    const key = parts.pop();
    if (key === undefined || !isContainer(root)) return undefined;
    let container = owned(root);
    root = container;
    for (const part of parts) {
      const next = itemOf(container, part);
      if (!isContainer(next)) return undefined;
      const copy = owned(next);
      setItem(container, part, copy);
      container = copy;
    }
    return { container, key };
  }

  function missing(operation: string, what: string, path: string): PatchFailure {
    return new PatchFailure(
      `${operation} operation does not apply: ${what}: ${path}: missing value`,
    );
  }

  return {
    root: () => root,
    get(path, operation) {
      if (path === '' && operation === 'test') return root;
      const place = parentOf(path);
      if (!place) {
        const what = operation === 'test' ? 'is missing path' : 'doc is missing from path';
        throw missing(operation, what, path);
      }
      const { container, key } = place;
      if (!Array.isArray(container)) return ownField(container, key);
      const index = indexIn(container.length, key);
      if (index === undefined || index >= container.length) throw badIndex(operation, path, key);
      return container[index];
    },
    add(path, item) {
      const place = parentOf(path);
      if (!place) throw missing('add', 'doc is missing path', JSON.stringify(path));
      const { container, key } = place;
      if (!Array.isArray(container)) return setOwnField(container, key, item);
      const index = key === '-' ? container.length : indexIn(container.length + 1, key);
      if (index === undefined || index > container.length) throw badIndex('add', path, key);
      container.splice(index, 0, item);
    },
    remove(path) {
      const place = parentOf(path);
      if (!place) throw missing('remove', 'doc is missing path', JSON.stringify(path));
      const { container, key } = place;
      if (Array.isArray(container)) {
        const index = indexIn(container.length, key);
        if (index === undefined || index >= container.length) throw badIndex('remove', path, key);
        container.splice(index, 1);
      } else if (Object.hasOwn(container, key)) {
        Reflect.deleteProperty(container, key);
      } else {
        throw new PatchFailure(
          `error in remove for path: '${path}': Unable to remove nonexistent key: ${key}: missing value`,
        );
      }
    },
    replace(path, item) {
      if (path === '') {
        if (!isContainer(item)) {
          throw new PatchFailure('replace operation value must be object or array');
        }
        root = item;
        return;
      }
      const place = parentOf(path);
      if (!place) throw missing('replace', 'doc is missing path', path);
      const { container, key } = place;
      if (Array.isArray(container)) {
        const index = indexIn(container.length, key);
        if (index === undefined || index >= container.length) {
          throw missing('replace', 'doc is missing key', path);
        }
        container[index] = item;
      } else {
        setOwnField(container, key, item);
      }
    },
  };
}

const isContainer = (value: unknown): value is Container => Array.isArray(value) || isFields(value);

const unescape = (part: string) => part.replaceAll('~1', '/').replaceAll('~0', '~');

function itemOf(container: Container, key: string): unknown {
  if (!Array.isArray(container)) return ownField(container, key);
  const index = indexIn(container.length, key);
  return index === undefined ? undefined : container[index];
}

function setItem(container: Container, key: string, value: unknown) {
  if (!Array.isArray(container)) return setOwnField(container, key, value);
  const index = indexIn(container.length, key);
  if (index !== undefined) container[index] = value;
}

/** A position, counted from the end when negative; undefined when it is none or lies before the start. */
function indexIn(length: number, key: string): number | undefined {
  if (!/^[-+]?\d{1,15}$/.test(key)) return undefined;
  const index = Number(key);
  const position = index < 0 ? index + length : index;
  return position < 0 ? undefined : position;
}

const badIndex = (operation: string, path: string, key: string) =>
  new PatchFailure(
    /^[-+]?\d+$/.test(key)
      ? `error in ${operation} for path: '${path}': Unable to access invalid index: ${Number(key)}: invalid index referenced`
      : `error in ${operation} for path: '${path}': strconv.Atoi: parsing ${JSON.stringify(key)}: invalid syntax`,
  );
