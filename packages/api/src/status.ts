import type { FieldError } from './field.ts';
import type { Status, StatusDetails } from './gen/types.ts';

/** The reasons this server can give, each with its HTTP code. */
const codes = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  AlreadyExists: 409,
  Conflict: 409,
  Gone: 410,
  Expired: 410,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  Invalid: 422,
  TooManyRequests: 429,
  InternalError: 500,
  ServiceUnavailable: 503,
  ServerTimeout: 500,
  Timeout: 504,
} as const;

export type StatusReason = keyof typeof codes;

/** The one error that crosses a process boundary: its body is its `status`. */
export class StatusError extends Error {
  readonly status: Status & { readonly code: number };

  constructor(status: Status & { readonly code: number }, options?: ErrorOptions) {
    super(status.message ?? status.reason ?? 'unknown failure', options);
    this.name = 'StatusError';
    this.status = status;
  }
}

/** Which resource a Status speaks of: plural and group. */
export interface Qualified {
  readonly group: string;
  readonly resource: string;
}

function failure(
  reason: StatusReason,
  message: string,
  details?: StatusDetails,
  options?: ErrorOptions,
): StatusError {
  return new StatusError(
    {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      reason,
      ...(details && { details }),
      code: codes[reason],
    },
    options,
  );
}

const qualifiedName = ({ group, resource }: Qualified) =>
  group ? `${resource}.${group}` : resource;
const about = ({ group, resource }: Qualified, name: string): StatusDetails => ({
  ...(name && { name }),
  ...(group && { group }),
  kind: resource,
});

export const badRequest = (message: string, options?: ErrorOptions) =>
  failure('BadRequest', message, undefined, options);
export const unauthorized = (message = 'Unauthorized') => failure('Unauthorized', message);
export const forbidden = (type: Qualified, name: string, why: string) =>
  failure(
    'Forbidden',
    name
      ? `${qualifiedName(type)} ${JSON.stringify(name)} is forbidden: ${why}`
      : `${qualifiedName(type)} is forbidden: ${why}`,
    about(type, name),
  );
export const notFound = (type: Qualified, name: string) =>
  failure(
    'NotFound',
    `${qualifiedName(type)} ${JSON.stringify(name)} not found`,
    about(type, name),
  );
export const methodNotAllowed = (
  message = 'the server does not allow this method on the requested resource',
) => failure('MethodNotAllowed', message);
export const notAcceptable = (message: string) => failure('NotAcceptable', message);
export const alreadyExists = (type: Qualified, name: string) =>
  failure(
    'AlreadyExists',
    `${qualifiedName(type)} ${JSON.stringify(name)} already exists`,
    about(type, name),
  );
export const conflict = (
  type: Qualified,
  name: string,
  why: string,
  causes?: StatusDetails['causes'],
) =>
  failure(
    'Conflict',
    causes
      ? why
      : `Operation cannot be fulfilled on ${qualifiedName(type)} ${JSON.stringify(name)}: ${why}`,
    { ...about(type, name), ...(causes && { causes }) },
  );
export const expired = (message: string) => failure('Expired', message);
export const requestEntityTooLarge = (message: string) => failure('RequestEntityTooLarge', message);
export const unsupportedMediaType = (message: string) => failure('UnsupportedMediaType', message);
/** Without seconds the client may ask again when it likes. */
export const tooManyRequests = (
  message: string,
  retryAfterSeconds: number,
  causes?: StatusDetails['causes'],
) =>
  failure('TooManyRequests', message, {
    ...(retryAfterSeconds > 0 && { retryAfterSeconds }),
    ...(causes && { causes }),
  });
export const internalError = (message: string, options?: ErrorOptions) =>
  failure(
    'InternalError',
    `Internal error occurred: ${message}`,
    { causes: [{ message }] },
    options,
  );
export const serviceUnavailable = (message: string, options?: ErrorOptions) =>
  failure('ServiceUnavailable', message, undefined, options);
export const serverTimeout = (message: string, retryAfterSeconds: number) =>
  failure('ServerTimeout', message, { retryAfterSeconds });

/** Every problem at once, as upstream prints it: `Pod "x" is invalid: [a: b, c: d]`. */
export function invalid(
  { group, kind }: { readonly group: string; readonly kind: string },
  name: string,
  errors: readonly FieldError[],
): StatusError {
  const texts = errors.map(({ field, detail }) => `${field}: ${detail}`);
  const unique = [...new Set(texts)];
  const list = unique.length === 1 ? unique[0] : `[${unique.join(', ')}]`;
  return failure(
    'Invalid',
    `${group ? `${kind}.${group}` : kind} ${JSON.stringify(name)} is invalid: ${list}`,
    {
      ...(name && { name }),
      ...(group && { group }),
      kind,
      causes: errors.map(({ type, field, detail }) => ({ reason: type, message: detail, field })),
    },
  );
}

const has =
  (reason: StatusReason) =>
  (err: unknown): err is StatusError =>
    err instanceof StatusError && err.status.reason === reason;

export const isNotFound = has('NotFound');
export const isAlreadyExists = has('AlreadyExists');
export const isConflict = has('Conflict');
export const isForbidden = has('Forbidden');
export const isInvalid = has('Invalid');
/** The asked version of the data is gone: list again. Also true for `Gone`, which proxies may answer. */
export const isExpired = (err: unknown): err is StatusError =>
  err instanceof StatusError && err.status.code === 410;
