/** Sets a field that may have any name: plain assignment would call the setter of `__proto__`. */
export function setOwnField(object: Record<string, unknown>, name: string, value: unknown): void {
  if (name === '__proto__') {
    const field = { value, enumerable: true, writable: true, configurable: true };
    Object.defineProperty(object, name, field);
  } else {
    object[name] = value;
  }
}

/** A field of the object itself; undefined for what only its prototype has. */
export const ownField = (object: Readonly<Record<string, unknown>>, name: string): unknown =>
  Object.hasOwn(object, name) ? object[name] : undefined;

/** A JSON object, as against an array or a scalar. */
export const isFields = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
