import { isConflict, isDeepEqual } from '@berth/api';
import type { KubeObject } from '@berth/api';
import type { ApiCalls } from './api-calls.ts';

interface WithStatus<S> extends KubeObject {
  readonly status?: S;
}

/** Somebody else's writes come between a read and a write now and then, not this often in a row. */
const attempts = 8;

/**
 * Reads, merges and writes a status, again when somebody else was faster. Resolves to undefined when `read` found
 * nothing; writes nothing when nothing changes.
 */
export async function writeStatus<S extends object, T extends WithStatus<S>>(
  calls: ApiCalls,
  path: string,
  read: () => Promise<T | undefined>,
  merge: (old: S) => S,
): Promise<T | undefined> {
  for (let attempt = 1; ; attempt++) {
    const object = await read();
    if (!object) return undefined;
    const old = object.status ?? ({} as S);
    const status = merge(old);
    if (isDeepEqual(status, old)) return object;
    try {
      return await calls.call<T>('PUT', `${path}/status`, { ...object, status });
    } catch (err) {
      if (!isConflict(err) || attempt === attempts) throw err;
    }
  }
}
