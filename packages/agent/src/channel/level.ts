import { keyOf } from '@berth/api';
import type { KubeObject } from '@berth/api';
import type { WatchEvent } from '@berth/component-base/node-protocol';

import type { Level } from '../control-plane.ts';

/** What is filled from what the control plane sends. */
export interface Fillable {
  /** Begins a new full state, and returns what takes its events. What SYNCED finds unnamed is gone. */
  begin(): (event: WatchEvent) => void;
}

export function createLevel<T extends KubeObject>(): Level<T> & Fillable {
  const objects = new Map<string, T>();
  const handlers = new Set<(key: string) => void>();
  let synced = false;

  const tell = (key: string) => {
    for (const handler of handlers) handler(key);
  };
  const put = (key: string, object: T) => {
    const same = objects.get(key)?.metadata.resourceVersion === object.metadata.resourceVersion;
    objects.set(key, object);
    if (!same) tell(key);
  };
  const remove = (key: string) => {
    if (objects.delete(key)) tell(key);
  };

  return {
    hasSynced: () => synced,
    get: (key) => objects.get(key),
    list: () => [...objects.values()],
    onChange(fn) {
      handlers.add(fn);
      return () => handlers.delete(fn);
    },
    begin() {
      const named = new Set<string>();
      return ({ type, objectJson }) => {
        if (type === 'SYNCED') {
          synced = true;
          for (const key of [...objects.keys()]) if (!named.has(key)) remove(key);
          return;
        }
        const object = JSON.parse(decoder.decode(objectJson)) as T;
        const key = keyOf(object);
        if (type === 'PUT') {
          named.add(key);
          put(key, object);
        } else {
          named.delete(key);
          remove(key);
        }
      };
    },
  };
}

const decoder = new TextDecoder();
