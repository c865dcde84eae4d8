import { badRequest } from '@berth/api';
import type { TokenReviewSpec, UserInfo as WireUser } from '@berth/api';
import type { TokenAuthenticator } from '../authentication/authenticator.ts';
import type { UserInfo } from '../request.ts';
import type { Review } from './reviews.ts';

const group = 'authentication.k8s.io';

/** `authentication.k8s.io/v1`: who am I, and whose token is this. */
export const identityReviews = (authenticateToken: TokenAuthenticator): readonly Review[] => [
  {
    group,
    kind: 'SelfSubjectReview',
    namespaced: false,
    status: (_review, { user }) => Promise.resolve({ userInfo: wireUser(user) }),
  },
  {
    group,
    kind: 'TokenReview',
    namespaced: false,
    async status({ spec }) {
      const { token, audiences } = (spec ?? {}) as Partial<TokenReviewSpec>;
      if (!token) throw badRequest('token is required for TokenReview in authentication');
      const asked = audiences && audiences.length > 0 ? audiences : undefined;
      const found = await authenticateToken(token, asked);
      if (!found) return { user: {}, error: 'invalid bearer token' };
      return {
        authenticated: true,
        user: wireUser(found.user),
        ...(found.audiences && { audiences: found.audiences }),
      };
    },
  },
];

const wireUser = ({ name, uid, groups, extra }: UserInfo): WireUser => ({
  username: name,
  ...(uid && { uid }),
  groups,
  ...(extra && { extra }),
});
