import { GrpcError, isGrpcError } from '@berth/component-base/grpc';
import type { GrpcCode } from '@berth/component-base/grpc';
import { CriError } from './cri.ts';
import type { CriErrorReason } from './cri.ts';

const codes: Readonly<Record<CriErrorReason, GrpcCode>> = {
  NotFound: 'NOT_FOUND',
  AlreadyExists: 'ALREADY_EXISTS',
  Unavailable: 'UNAVAILABLE',
  DeadlineExceeded: 'DEADLINE_EXCEEDED',
  InvalidArgument: 'INVALID_ARGUMENT',
  Unknown: 'UNKNOWN',
};

const reasons = Object.fromEntries(
  Object.entries(codes).map(([reason, code]) => [code, reason]),
) as Partial<Record<GrpcCode, CriErrorReason>>;

/** containerd says that a name is taken with no code of its own. */
const taken = /^failed to reserve (sandbox|container) name /;

export function toCriError(err: unknown): CriError {
  if (err instanceof CriError) return err;
  const message = err instanceof Error ? err.message : String(err);
  const reason = isGrpcError(err) ? reasons[err.code] : undefined;
  if (reason && reason !== 'Unknown') return new CriError(reason, message, { cause: err });
  return new CriError(taken.test(message) ? 'AlreadyExists' : 'Unknown', message, { cause: err });
}

/** The other way round, for a runtime that answers over gRPC. */
export const toGrpcError = (err: unknown): GrpcError =>
  err instanceof CriError
    ? new GrpcError(codes[err.reason], err.message, { cause: err })
    : new GrpcError('UNKNOWN', err instanceof Error ? err.message : String(err), { cause: err });
