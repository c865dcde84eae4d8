import { isFields, ownField, setOwnField } from '../own-field.ts';
import type { Schema } from '../schema.ts';
import { shapeOf } from './shape.ts';
import type { ListShape, MapShape } from './shape.ts';

/** What the live object becomes when `config` is laid over it. Both must have been validated; neither is changed. */
export function mergeConfig(live: unknown, config: unknown, schema: Schema | undefined): unknown {
  if (config === undefined) return live;
  if (live === undefined) return config;
  const shape = shapeOf(schema, config ?? live);
  if (shape.kind === 'map' && !shape.isAtomic) return mergeMaps(live, config, shape);
  if (shape.kind === 'list' && !shape.isAtomic) return mergeLists(live, config, shape);
  return config;
}

/** Null is an empty map here, and says nothing about what is there. */
function mergeMaps(live: unknown, config: unknown, shape: MapShape): unknown {
  if (!isFields(config)) return config === null && isFields(live) ? live : config;
  if (!isFields(live)) return config;
  const result: Record<string, unknown> = { ...live };
  for (const [name, value] of Object.entries(config)) {
    setOwnField(result, name, mergeConfig(ownField(live, name), value, shape.schemaOf(name)));
  }
  return result;
}

function mergeLists(live: unknown, config: unknown, shape: ListShape): unknown {
  if (!Array.isArray(config)) return config === null && Array.isArray(live) ? live : config;
  if (!Array.isArray(live)) return config;
  return live.length + config.length === 0 ? config : mergeItems(live, config, shape);
}

/**
 * Applied elements come in the order in which they were applied. What only the live list has stays before the element
 * that it stood before, as far as that can be.
 */
function mergeItems(
  live: readonly unknown[],
  config: readonly unknown[],
  shape: ListShape,
): readonly unknown[] {
  const liveElements = live.map((item) => shape.elementOf(item));
  const elements = config.map((item) => shape.elementOf(item));
  const liveByElement = uniqueItems(liveElements, live);
  const applied = new Set(elements);
  const shared = elements.filter((element) => liveByElement.has(element));
  const result: unknown[] = [];
  const merged = new Set<string>();
  let l = 0;
  let r = 0;
  let nextShared = 0;

  const takeApplied = () => {
    const element = elements[r] ?? '';
    merged.add(element);
    result.push(mergeConfig(liveByElement.get(element), config[r], shape.item));
    r++;
    if (shared[nextShared] === element) nextShared++;
  };

  while (l < live.length || r < config.length) {
    const element = liveElements[l];
    if (l < live.length && r < config.length) {
      if (element === elements[r]) {
        takeApplied();
        l++;
        continue;
      }
      const isShared = applied.has(element ?? '');
      if (isShared && nextShared < shared.length && shared[nextShared] !== element) {
        l++;
        continue;
      }
    }
    if (l < live.length && element !== undefined) {
      if (!applied.has(element)) {
        result.push(live[l++]);
        continue;
      }
      if (merged.has(element)) l++;
    }
    if (r < config.length) takeApplied();
  }
  return result;
}

/** Live elements that share a key are not merged with what is applied under it: the applied element replaces them. */
function uniqueItems(elements: readonly string[], items: readonly unknown[]): Map<string, unknown> {
  const unique = new Map<string, unknown>();
  elements.forEach((element, at) => {
    unique.set(element, unique.has(element) ? undefined : items[at]);
  });
  return unique;
}
