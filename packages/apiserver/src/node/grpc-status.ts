import { StatusError } from '@berth/api';
import type { GrpcCode } from '@berth/component-base/grpc';

/** The gRPC code that tells a node what the API answered. */
export function grpcCodeOf({ status }: StatusError): GrpcCode {
  switch (status.code) {
    case 400:
    case 422:
      return 'INVALID_ARGUMENT';
    case 401:
      return 'UNAUTHENTICATED';
    case 403:
      return 'PERMISSION_DENIED';
    case 404:
      return 'NOT_FOUND';
    case 409:
      return status.reason === 'AlreadyExists' ? 'ALREADY_EXISTS' : 'ABORTED';
    case 410:
      return 'OUT_OF_RANGE';
    case 429:
      return 'RESOURCE_EXHAUSTED';
    case 503:
      return 'UNAVAILABLE';
    case 504:
      return 'DEADLINE_EXCEEDED';
    default:
      return 'INTERNAL';
  }
}
