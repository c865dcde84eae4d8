import { decode, parseDuration } from '@berth/api';

/**
 * Reads one value of a configuration file strictly. Absent and null give `undefined`; what cannot be read gives
 * `undefined`, too, and a problem that names its path.
 */
export type Read<T> = (value: unknown, path: string, problems: string[]) => T | undefined;

const scalar =
  <T>(what: string, is: (value: unknown) => value is T): Read<T> =>
  (value, path, problems) => {
    if (value === undefined || value === null) return undefined;
    if (is(value)) return value;
    problems.push(`${path}: Invalid value: ${JSON.stringify(value)}: must be ${what}`);
    return undefined;
  };

export const text = scalar('a string', (value) => typeof value === 'string');
export const truth = scalar('true or false', (value) => typeof value === 'boolean');
export const integer = scalar('an integer', (value): value is number =>
  Number.isSafeInteger(value),
);
export const number = scalar('a number', (value) => typeof value === 'number');
/** Whatever stands there: what takes it apart is somebody else's. */
export const anything: Read<unknown> = (value) => value ?? undefined;

/** A Go duration such as `15s`, in ms. */
export const duration: Read<number> = (value, path, problems) => {
  const written = text(value, path, problems);
  if (written === undefined) return undefined;
  try {
    return parseDuration(written);
  } catch (err) {
    const why = err instanceof Error ? err.message : String(err);
    problems.push(`${path}: Invalid value: ${JSON.stringify(written)}: ${why}`);
    return undefined;
  }
};

export const list =
  <T>(item: Read<T>): Read<readonly T[]> =>
  (value, path, problems) => {
    if (value === undefined || value === null) return undefined;
    if (!Array.isArray(value)) {
      problems.push(`${path}: Invalid value: ${JSON.stringify(value)}: must be a list`);
      return undefined;
    }
    return value.flatMap((part: unknown, i) => item(part, `${path}[${i}]`, problems) ?? []);
  };

type Fields = Readonly<Record<string, Read<unknown>>>;
export type Struct<F extends Fields> = {
  readonly [K in keyof F]?: F[K] extends Read<infer T> ? T | undefined : never;
};

/** An object with these fields and no others. */
export const struct =
  <F extends Fields>(fields: F): Read<Struct<F>> =>
  (value, path, problems) => {
    if (value === undefined || value === null) return undefined;
    if (!isRecord(value)) {
      problems.push(
        `${path || 'the file'}: Invalid value: ${JSON.stringify(value)}: must be an object`,
      );
      return undefined;
    }
    const entries = Object.entries(value).flatMap(([name, part]) => {
      const below = path ? `${path}.${name}` : name;
      const read = Object.hasOwn(fields, name) ? fields[name] : undefined;
      if (!read) {
        problems.push(`unknown field "${below}"`);
        return [];
      }
      const known = read(part, below, problems);
      return known === undefined ? [] : [[name, known] as const];
    });
    return Object.fromEntries(entries) as Struct<F>;
  };

/** A type of the Kubernetes API, such as `NodeAffinity`, read as the API server reads it. */
export const apiType =
  <T>(definition: string): Read<T> =>
  (value, path, problems) => {
    if (value === undefined || value === null) return undefined;
    const { object, unknownFields, error } = decode(value, definition);
    for (const unknown of unknownFields) {
      problems.push(unknown.replace('unknown field "', `unknown field "${path}.`));
    }
    if (error === undefined) return object as T;
    problems.push(`${path}: ${error}`);
    return undefined;
  };

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
