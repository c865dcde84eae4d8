import { CriError } from '../cri.ts';

/** Each name belongs to one sandbox or container until that one is removed. */
export interface Names {
  /** An id for the name; throws AlreadyExists while another one holds it. */
  reserve(kind: string, name: string): string;
  release(id: string): void;
}

export function createNames(newId: (name: string) => string): Names {
  const holders = new Map<string, string>();
  const nameOf = new Map<string, string>();
  return {
    reserve(kind, name) {
      const holder = holders.get(name);
      if (holder !== undefined) {
        const message = `failed to reserve ${kind} name "${name}": it is reserved for "${holder}"`;
        throw new CriError('AlreadyExists', message);
      }
      const id = newId(name);
      holders.set(name, id);
      nameOf.set(id, name);
      return id;
    },
    release(id) {
      holders.delete(nameOf.get(id) ?? '');
      nameOf.delete(id);
    },
  };
}
