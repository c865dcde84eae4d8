import type { UserInfo } from '../request.ts';
import type { TokenAuthenticator } from './authenticator.ts';
import { sameSecret } from './constant-time.ts';

/** Tokens that were given at start; they live as long as the process. */
export const staticTokens =
  (tokens: readonly { readonly token: string; readonly user: UserInfo }[]): TokenAuthenticator =>
  async (token) => {
    const found = tokens.find((known) => sameSecret(known.token, token));
    return found && { user: found.user };
  };
