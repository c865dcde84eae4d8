export type Facts = Readonly<Record<string, unknown>>;

/**
 * Structured log lines. Messages are constant, past tense, capital first, without a full stop; what varies goes
 * into the facts (`err` for an error, `namespace/name` under the kind for an object).
 */
export interface Logger {
  /** Someone should look. */
  error(message: string, facts?: Facts): void;
  /** A change worth reading next week. */
  info(message: string, facts?: Facts): void;
  debug(message: string, facts?: Facts): void;
  /** A logger that adds `facts` to every line. */
  with(facts: Facts): Logger;
}

export type LogLevel = 'error' | 'info' | 'debug';

const rank: Readonly<Record<LogLevel, number>> = { error: 0, info: 1, debug: 2 };

export interface LoggerOptions {
  readonly level: LogLevel;
  readonly write: (line: string) => void;
  readonly now: () => number;
}

/** JSON lines: `{"ts","level","msg",…facts}`. */
export function createLogger({ level, write, now }: LoggerOptions, fixed: Facts = {}): Logger {
  const at = (line: LogLevel) => (msg: string, facts?: Facts) => {
    if (rank[line] > rank[level]) return;
    const ts = new Date(now()).toISOString();
    write(`${JSON.stringify({ ts, level: line, msg, ...fixed, ...facts }, errorsAsText)}\n`);
  };
  return {
    error: at('error'),
    info: at('info'),
    debug: at('debug'),
    with: (facts) => createLogger({ level, write, now }, { ...fixed, ...facts }),
  };
}

/** Says nothing. */
export const silentLogger: Logger = {
  error: () => undefined,
  info: () => undefined,
  debug: () => undefined,
  with: () => silentLogger,
};

function errorsAsText(_key: string, value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  return value.cause instanceof Error
    ? `${value.stack} caused by ${value.cause.stack}`
    : value.stack;
}
