/**
 * An object as a client may have written it: decoding checks the types of fields and not their presence, so that what
 * a type requires can still be missing.
 */
export type Given<T> = T extends readonly (infer E)[]
  ? readonly Given<E>[]
  : T extends object
    ? string extends keyof T
      ? T
      : { readonly [K in keyof T]?: Given<T[K]> }
    : T;

/** Reads a decoded value without trusting that required fields are there. */
export const asGiven = <T>(value: T): Given<T> => value as Given<T>;
