/** A value that expressions can pass around, but only functions of its library can look into. */
export interface OpaqueType<T> {
  readonly name: string;
  readonly constructor: new (value: T) => { readonly value: T };
  wrap(value: T): { readonly value: T };
}

/** The expression library tells types apart by constructor, so each opaque type has one. */
export function opaqueType<T>(name: string): OpaqueType<T> {
  class Opaque {
    readonly value: T;
    constructor(value: T) {
      this.value = value;
    }
  }
  return { name, constructor: Opaque, wrap: (value) => new Opaque(value) };
}

/** What functions get of an opaque value. */
export interface Boxed<T> {
  readonly value: T;
}
