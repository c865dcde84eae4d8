import { status } from '@grpc/grpc-js';

/** The names of gRPC's status codes, `OK` left out. */
export type GrpcCode = Exclude<keyof typeof status, 'OK'>;

/** Why a call failed. Clients throw it; a server handler that throws it chooses the code its caller sees. */
export class GrpcError extends Error {
  readonly code: GrpcCode;

  constructor(code: GrpcCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'GrpcError';
    this.code = code;
  }
}

/** Whether `err` is a failed call, with this code when one is given. */
export const isGrpcError = (err: unknown, code?: GrpcCode): err is GrpcError =>
  err instanceof GrpcError && (code === undefined || err.code === code);

/** What grpc-js reports, in our words; anything else is passed on unchanged. */
export function fromServiceError(err: unknown): unknown {
  if (!(err instanceof Error) || !('code' in err) || typeof err.code !== 'number') return err;
  const name = status[err.code];
  if (name === undefined || name === 'OK') return err;
  const details = 'details' in err && typeof err.details === 'string' ? err.details : '';
  return new GrpcError(name as GrpcCode, details || err.message, { cause: err });
}

/** The status a caller sees. What a handler did not mean to say is kept from the caller. */
export const toServiceError = (err: unknown) =>
  err instanceof GrpcError
    ? { code: status[err.code], details: err.message }
    : { code: status.INTERNAL, details: 'internal error' };
