/** One setting: how to read it, what it is when nobody says, and what to tell people about it. */
export interface Flag<T> {
  readonly help: string;
  readonly fallback: T;
  /** What stands for the value in `--help`; absent for switches. */
  readonly placeholder?: string;
  /** Throws an `Error` whose message says what is wrong with the text. */
  readonly parse: (text: string) => T;
}

/** Flags by their name in camel case: `securePort` is `--secure-port` and `BERTH_SECURE_PORT`. */
export type FlagTable = Readonly<Record<string, Flag<unknown>>>;

export type OptionsOf<T extends FlagTable> = {
  readonly [K in keyof T]: T[K] extends Flag<infer V> ? V : never;
};

/** Everything that is wrong with a command line and its environment. */
export class OptionsError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'OptionsError';
    this.problems = problems;
  }
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads command line over environment over fallback; throws one `OptionsError` with every problem. */
export function parseOptions<T extends FlagTable>(
  table: T,
  argv: readonly string[],
  env: Environment,
): OptionsOf<T> {
  const { given, problems } = readArguments(table, argv);
  const options = Object.entries(table).map(([name, flag]) => {
    const fromLine = given.get(name);
    const text = fromLine ?? env[environmentName(name)];
    if (text === undefined) return [name, flag.fallback];
    try {
      return [name, flag.parse(text)];
    } catch (err) {
      const source = fromLine === undefined ? environmentName(name) : flagName(name);
      const why = err instanceof Error ? err.message : String(err);
      problems.push(`${source}: ${JSON.stringify(text)} ${why}`);
      return [name, flag.fallback];
    }
  });
  if (problems.length > 0) throw new OptionsError(problems);
  return Object.fromEntries(options) as OptionsOf<T>;
}

/** The text of `--help`: one paragraph per flag, from the same table that reads them. */
export function formatHelp(usage: string, table: FlagTable): string {
  const flags = Object.entries(table).map(([name, flag]) => {
    const { help, fallback, placeholder } = flag;
    const left = placeholder ? `${flagName(name)} ${placeholder}` : flagName(name);
    const shown = formatFallback(fallback);
    return `  ${left}\n      ${help}${shown && ` (default ${shown})`}`;
  });
  return `Usage: ${usage}\n\nFlags (each also as BERTH_<FLAG> in the environment):\n${flags.join('\n')}\n`;
}

export const text = (fallback: string, help: string, placeholder = 'TEXT'): Flag<string> => ({
  help,
  fallback,
  placeholder,
  parse: (value) => value,
});

/** Absent unless given. */
export const optionalText = (help: string, placeholder = 'TEXT'): Flag<string | undefined> => ({
  help,
  fallback: undefined,
  placeholder,
  parse: (value) => value || undefined,
});

export const integer = (
  fallback: number,
  help: string,
  { min = 0, max = Number.MAX_SAFE_INTEGER, placeholder = 'N' } = {},
): Flag<number> => ({
  help,
  fallback,
  placeholder,
  parse(value) {
    const number = Number(value);
    if (!/^-?\d+$/.test(value) || number < min || number > max) {
      throw new Error(
        max === Number.MAX_SAFE_INTEGER
          ? `is not an integer of at least ${min}`
          : `is not an integer from ${min} to ${max}`,
      );
    }
    return number;
  },
});

export const port = (fallback: number, help: string): Flag<number> =>
  integer(fallback, help, { max: 65_535, placeholder: 'PORT' });

/** A switch: `--detach`, `--detach=false`. */
export const toggle = (fallback: boolean, help: string): Flag<boolean> => ({
  help,
  fallback,
  parse(value) {
    if (['true', '1', ''].includes(value)) return true;
    if (['false', '0'].includes(value)) return false;
    throw new Error('is neither true nor false');
  },
});

/** Separated by commas. */
export const list = (
  fallback: readonly string[],
  help: string,
  placeholder = 'A,B',
): Flag<readonly string[]> => ({
  help,
  fallback,
  placeholder,
  parse: (value) =>
    value
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean),
});

export const choice = <const V extends string>(
  values: readonly V[],
  fallback: V,
  help: string,
): Flag<V> => ({
  help,
  fallback,
  placeholder: values.join('|'),
  parse(value) {
    const found = values.find((candidate) => candidate === value);
    if (!found) throw new Error(`is not one of ${values.join(', ')}`);
    return found;
  },
});

function readArguments(table: FlagTable, argv: readonly string[]) {
  const names = new Map(Object.keys(table).map((name) => [flagName(name), name]));
  const given = new Map<string, string>();
  const problems: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const argument = argv[i] ?? '';
    const equals = argument.indexOf('=');
    const written = equals < 0 ? argument : argument.slice(0, equals);
    const name = names.get(written);
    if (name === undefined) {
      problems.push(
        argument.startsWith('-') ? `unknown flag ${written}` : `unexpected argument ${argument}`,
      );
    } else if (equals >= 0) given.set(name, argument.slice(equals + 1));
    else if (!table[name]?.placeholder) given.set(name, 'true');
    else {
      const value = argv[++i];
      if (value === undefined) problems.push(`${written} needs a value`);
      else given.set(name, value);
    }
  }
  return { given, problems };
}

const words = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
const flagName = (name: string) => `--${words(name)}`;
const environmentName = (name: string) => `BERTH_${words(name).toUpperCase().replaceAll('-', '_')}`;

function formatFallback(fallback: unknown): string {
  if (fallback === undefined || fallback === '') return '';
  if (Array.isArray(fallback)) return fallback.join(',');
  return typeof fallback === 'string' ? fallback : JSON.stringify(fallback);
}
