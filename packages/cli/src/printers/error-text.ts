import { StatusError } from '@berth/api';
import { OptionsError } from '@berth/component-base';

/** What kubectl would print for the same failure, one line per problem. */
export function errorText(err: unknown): string {
  if (err instanceof AggregateError && !codeOf(err)) return err.errors.map(errorText).join('\n');
  if (err instanceof StatusError) return statusText(err);
  if (err instanceof OptionsError) {
    return err.problems.map((problem) => `error: ${problem}`).join('\n');
  }
  return connectionText(err) ?? `error: ${err instanceof Error ? err.message : String(err)}`;
}

function statusText({ status }: StatusError): string {
  const { reason, message = '', code, details } = status;
  if (code === 401) return 'error: You must be logged in to the server (Unauthorized)';
  if (reason === 'Invalid' && details?.kind) return invalidText(status);
  return reason
    ? `Error from server (${reason}): ${message}`
    : `Error from server: ${message || `HTTP ${code}`}`;
}

/** Every problem with its field, on a line of its own when there are several. */
function invalidText({ details, message = '' }: StatusError['status']): string {
  const { kind = '', name = '', causes = [] } = details ?? {};
  const problems = new Set(causes.map(({ field = '', message = '' }) => `${field}: ${message}`));
  const [first = message, ...more] = problems;
  const intro = `The ${kind} ${JSON.stringify(name)} is invalid: `;
  return more.length === 0
    ? intro + first
    : intro + [first, ...more].map((problem) => `\n* ${problem}`).join('');
}

interface NetworkError {
  readonly code?: string;
  readonly address?: string;
  readonly port?: number;
  readonly message?: string;
}

const codeOf = (err: unknown) =>
  typeof err === 'object' && err !== null ? (err as NetworkError).code : undefined;

function connectionText(err: unknown): string | undefined {
  const code = codeOf(err);
  if (code === undefined || !(err instanceof Error)) return undefined;
  const inner = (err instanceof AggregateError ? err.errors[0] : err) as NetworkError;
  if (code === 'ECONNREFUSED') {
    return `The connection to the server ${inner.address ?? ''}:${inner.port ?? ''} was refused - did you specify the right host or port?`;
  }
  if (/^(E[A-Z]+|.*CERT.*|UNABLE_TO.*)$/.test(code)) {
    return `Unable to connect to the server: ${inner.message || code}`;
  }
  return undefined;
}
