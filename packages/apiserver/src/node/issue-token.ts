import { pathOf, serviceAccounts } from '@berth/api';
import type { AuthenticationV1TokenRequest } from '@berth/api';
import type { TokenRequest, TokenResponse } from '@berth/component-base/node-protocol';
import type { ApiCalls } from './api-calls.ts';

/** A token of a service account that is good as long as the pod lives. */
export async function issueToken(calls: ApiCalls, request: TokenRequest): Promise<TokenResponse> {
  const { namespace, serviceAccount, audiences, expirationSeconds, podName, podUid } = request;
  const path = pathOf(serviceAccounts, { namespace, name: serviceAccount, subresource: 'token' });
  const { status } = await calls.call<AuthenticationV1TokenRequest>('POST', path, {
    kind: 'TokenRequest',
    apiVersion: 'authentication.k8s.io/v1',
    spec: {
      audiences,
      ...(expirationSeconds > 0 && { expirationSeconds }),
      boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: podName, uid: podUid },
    },
  });
  return {
    token: status?.token ?? '',
    expirationTimestampMs: Date.parse(status?.expirationTimestamp ?? ''),
  };
}
