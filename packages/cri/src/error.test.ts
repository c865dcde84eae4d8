import assert from 'node:assert/strict';
import { GrpcError } from '@berth/component-base/grpc';
import { CriError } from './cri.ts';
import { toCriError, toGrpcError } from './error.ts';

describe('errors of a runtime', () => {
  it('keep their reason over the wire', () => {
    for (const reason of [
      'NotFound',
      'AlreadyExists',
      'Unavailable',
      'DeadlineExceeded',
      'InvalidArgument',
      'Unknown',
    ] as const) {
      const back = toCriError(toGrpcError(new CriError(reason, 'why')));
      assert.deepEqual([back.reason, back.message], [reason, 'why']);
    }
  });

  it('are unknown when gRPC has a word for them that the agent does not need', () => {
    const cause = new GrpcError('RESOURCE_EXHAUSTED', 'too much');
    const { reason, message } = toCriError(cause);
    assert.deepEqual([reason, message], ['Unknown', 'too much']);
    assert.equal(toCriError(cause).cause, cause);
    assert.equal(toCriError('text').message, 'text');
  });

  it('know a taken name by what containerd says', () => {
    const text = 'failed to reserve sandbox name "a_b_c_0": name "a_b_c_0" is reserved for "id"';
    assert.equal(toCriError(new GrpcError('UNKNOWN', text)).reason, 'AlreadyExists');
    assert.equal(toCriError(new GrpcError('UNKNOWN', `x ${text}`)).reason, 'Unknown');
  });
});
