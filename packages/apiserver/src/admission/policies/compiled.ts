/** What was made of objects, kept until they change or go. */
export function createCompiled<
  T extends { readonly metadata: { readonly uid?: string; readonly generation?: number } },
  C,
>(compile: (object: T) => C): (objects: readonly T[]) => readonly C[] {
  let known = new Map<string, C>();
  return (objects) => {
    const next = new Map<string, C>();
    const compiled = objects.map((object) => {
      const { uid = '', generation = 0 } = object.metadata;
      const key = `${uid}/${generation}`;
      const one = known.get(key) ?? compile(object);
      next.set(key, one);
      return one;
    });
    known = next;
    return compiled;
  };
}
