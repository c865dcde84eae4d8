import { EVENT_ID, getScalarValue, SCALAR_STYLE } from 'js-yaml';
import type { Event, ScalarEvent } from 'js-yaml';
import { maxNesting } from '../json.ts';
import type { ParsedJson } from '../json.ts';
import { setOwnField } from '../own-field.ts';
import { formatGeneral32 } from './float.ts';
import { resolvePlain, resolveTagged } from './resolve.ts';
import type { Scalar } from './resolve.ts';

/** YAML that has no meaning as JSON. */
export class YamlError extends Error {}

/** Turns the parser's events into JSON values, one per document. Aliases are expanded, within bounds. */
export function composeDocuments(source: string, events: readonly Event[]): readonly ParsedJson[] {
  const { ends, targets, roots } = link(source, events);
  return roots.map((root) => composeDocument(source, events, ends, targets, root));
}

interface Links {
  /** For each node, the index of the event after it. */
  readonly ends: Uint32Array;
  /** For each alias, the index of the node it stands for. */
  readonly targets: ReadonlyMap<number, number>;
  /** The index of each document's node. */
  readonly roots: readonly number[];
}

function link(source: string, events: readonly Event[]): Links {
  const ends = new Uint32Array(events.length);
  const targets = new Map<number, number>();
  const roots: number[] = [];
  const open: number[] = [];
  let anchors = new Map<string, number>();
  events.forEach((event, index) => {
    ends[index] = index + 1;
    switch (event.type) {
      case EVENT_ID.DOCUMENT:
        anchors = new Map();
        roots.push(index + 1);
        open.push(index);
        break;
      case EVENT_ID.POP:
        ends[open.pop() ?? 0] = index + 1;
        break;
      case EVENT_ID.ALIAS: {
        const name = source.slice(event.anchorStart, event.anchorEnd);
        const target = anchors.get(name);
        if (target === undefined) throw new YamlError(`unknown anchor '${name}' referenced`);
        targets.set(index, target);
        break;
      }
      default:
        if (event.anchorStart >= 0) {
          anchors.set(source.slice(event.anchorStart, event.anchorEnd), index);
        }
        if (event.type !== EVENT_ID.SCALAR) open.push(index);
    }
  });
  return { ends, targets, roots };
}

function composeDocument(
  source: string,
  events: readonly Event[],
  ends: Uint32Array,
  targets: ReadonlyMap<number, number>,
  root: number,
): ParsedJson {
  const repeated: string[] = [];
  const active = new Set<number>();
  let decoded = 0;
  let decodedInAliases = 0;
  let expanded = 0;
  let aliasDepth = 0;
  let depth = 0;

  function countNode() {
    decoded++;
    if (aliasDepth === 0) return;
    decodedInAliases++;
    if (isAliasBomb(decoded, decodedInAliases)) {
      throw new YamlError('document contains excessive aliasing');
    }
  }

  function readScalar(event: ScalarEvent): Scalar {
    if (aliasDepth > 0) {
      expanded += event.valueEnd - event.valueStart;
      if (expanded > maxExpanded) throw new YamlError('document contains excessive aliasing');
    }
    return scalarOf(source, event);
  }

  function compose(index: number): unknown {
    const event = events[index];
    if (!event) return null;
    countNode();
    switch (event.type) {
      case EVENT_ID.SCALAR:
        return jsonable(readScalar(event));
      case EVENT_ID.ALIAS:
        return follow(index, compose);
      case EVENT_ID.SEQUENCE:
        return nested(() => children(index).map(compose));
      case EVENT_ID.MAPPING:
        return nested(() => {
          const object: Record<string, unknown> = {};
          fill(object, index);
          return object;
        });
      default:
        return null;
    }
  }

  /** Aliases nest as deep as there are anchors, whatever the parser allows. */
  function nested<T>(read: () => T): T {
    if (++depth > maxNesting) throw new YamlError('exceeded max depth');
    const value = read();
    depth--;
    return value;
  }

  function follow<T>(alias: number, read: (index: number) => T): T {
    const target = targets.get(alias) ?? 0;
    if (active.has(target) || (ends[target] ?? 0) > alias) {
      throw new YamlError(`anchor '${anchorName(alias)}' value contains itself`);
    }
    active.add(target);
    aliasDepth++;
    const value = nested(() => read(target));
    aliasDepth--;
    active.delete(target);
    return value;
  }

  const anchorName = (alias: number) => {
    const event = events[alias];
    return event?.type === EVENT_ID.ALIAS ? source.slice(event.anchorStart, event.anchorEnd) : '';
  };

  function children(index: number): number[] {
    const found: number[] = [];
    const last = (ends[index] ?? 0) - 1;
    for (let at = index + 1; at < last; at = ends[at] ?? last) found.push(at);
    return found;
  }

  function fill(object: Record<string, unknown>, mapping: number) {
    const nodes = children(mapping);
    for (let at = 0; at + 1 < nodes.length; at += 2) {
      const keyIndex = nodes[at] ?? 0;
      const valueIndex = nodes[at + 1] ?? 0;
      if (isMergeKey(source, events[keyIndex])) merge(object, valueIndex);
      else setField(object, keyIndex, valueIndex);
    }
  }

  function setField(object: Record<string, unknown>, keyIndex: number, valueIndex: number) {
    const key = keyOf(compose(keyIndex));
    if (Object.hasOwn(object, key) && repeated.length < maxReported) {
      const line = lineOf(source, events, valueIndex, keyIndex);
      repeated.push(`  line ${line}: key ${JSON.stringify(key)} already set in map`);
    }
    setOwnField(object, key, compose(valueIndex));
  }

  /** Of several mappings the first has the last word. */
  function merge(object: Record<string, unknown>, index: number) {
    const event = events[index];
    if (event?.type !== EVENT_ID.SEQUENCE) return mergeOne(object, index);
    for (const child of children(index).reverse()) mergeOne(object, child);
  }

  function mergeOne(object: Record<string, unknown>, index: number) {
    countNode();
    const type = events[index]?.type;
    const target = type === EVENT_ID.ALIAS ? targets.get(index) : index;
    if (target === undefined || events[target]?.type !== EVENT_ID.MAPPING) {
      throw new YamlError('map merge requires map or sequence of maps as the value');
    }
    if (type === EVENT_ID.ALIAS) follow(index, (mapping) => fill(object, mapping));
    else nested(() => fill(object, index));
  }

  const value = compose(root);
  const duplicates = repeated.length > 0 ? [`yaml: unmarshal errors:\n${repeated.join('\n')}`] : [];
  return { value, duplicates };
}

const maxReported = 100;
/** Characters of scalars that aliases repeat: no honest document repeats more than a whole body. */
const maxExpanded = 3 * 1024 * 1024;

/**
 * How much of a document may come from expanded aliases: nearly all of a small one, a tenth of one with millions of
 * nodes, and a line in between. The numbers are those of the YAML reader that Kubernetes uses.
 */
function isAliasBomb(decoded: number, inAliases: number): boolean {
  if (inAliases <= 100 || decoded <= 1000) return false;
  const span = Math.min(Math.max((decoded - 400_000) / 3_600_000, 0), 1);
  return inAliases / decoded > 0.99 - 0.89 * span;
}

function scalarOf(source: string, event: ScalarEvent): Scalar {
  const text = getScalarValue(source, event);
  if (event.tagStart >= 0) {
    const tag = source.slice(event.tagStart, event.tagEnd);
    const value = tag === '!' ? text : resolveTagged(tag, text);
    if (value === undefined) throw new YamlError(`cannot decode \`${text}\` as a ${tag}`);
    return value;
  }
  return event.style === SCALAR_STYLE.PLAIN ? resolvePlain(text) : text;
}

function isMergeKey(source: string, event: Event | undefined): boolean {
  if (event?.type !== EVENT_ID.SCALAR || getScalarValue(source, event) !== '<<') return false;
  if (event.tagStart >= 0) return source.slice(event.tagStart, event.tagEnd) === '!!merge';
  return event.style === SCALAR_STYLE.PLAIN;
}

function jsonable(value: Scalar): Scalar {
  if (typeof value !== 'number' || Number.isFinite(value)) return value;
  const name = Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
  throw new YamlError(`json: unsupported value: ${name}`);
}

function keyOf(key: unknown): string {
  switch (typeof key) {
    case 'string':
      return key;
    case 'boolean':
    case 'bigint':
      return String(key);
    case 'number':
      return Number.isSafeInteger(key) ? String(key) : formatGeneral32(key);
    default:
      throw new YamlError(key === null ? 'unsupported map key: null' : 'invalid map key');
  }
}

function lineOf(source: string, events: readonly Event[], index: number, fallback: number) {
  const start = startOf(events[index]);
  const position = start >= 0 ? start : startOf(events[fallback]);
  let line = 1;
  for (let at = source.indexOf('\n'); at >= 0 && at < position; at = source.indexOf('\n', at + 1)) {
    line++;
  }
  return line;
}

function startOf(event: Event | undefined): number {
  switch (event?.type) {
    case EVENT_ID.SCALAR:
      return event.valueStart;
    case EVENT_ID.ALIAS:
      return event.anchorStart;
    case EVENT_ID.SEQUENCE:
    case EVENT_ID.MAPPING:
      return event.start;
    default:
      return -1;
  }
}
