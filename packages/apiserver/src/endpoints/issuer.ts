import type { ServiceAccountTokens } from '../authentication/service-account-tokens.ts';
import type { ApiResponse } from '@berth/api';
import { jsonResponse } from '../response.ts';

/** The documents by which others check service account tokens; undefined for other paths. */
export const createIssuerDocuments =
  ({ issuer, keys }: Pick<ServiceAccountTokens, 'issuer' | 'keys'>) =>
  async (path: string): Promise<ApiResponse | undefined> => {
    if (path === '/.well-known/openid-configuration') {
      return jsonResponse(200, {
        issuer,
        jwks_uri: new URL('/openid/v1/jwks', issuer).href,
        response_types_supported: ['id_token'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['ES256'],
      });
    }
    if (path !== '/openid/v1/jwks') return undefined;
    return jsonResponse(200, await keys(), { 'content-type': 'application/jwk-set+json' });
  };
