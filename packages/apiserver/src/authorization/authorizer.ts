import type { Attributes } from './attributes.ts';

export interface Decision {
  readonly allowed: boolean;
  /** Why, for SubjectAccessReviews and for the text of a refusal; may be empty. */
  readonly reason: string;
}

/** Decides about one attempt; undefined leaves it to the next authorizer. */
export type Opinion = (
  attributes: Attributes,
) => Decision | undefined | Promise<Decision | undefined>;

export type Authorizer = (attributes: Attributes) => Promise<Decision>;

/** The first opinion counts; without one the attempt is refused, with what the last one had to say. */
export const firstOpinion =
  (opinions: readonly Opinion[]): Authorizer =>
  async (attributes) => {
    let reason = '';
    for (const opinion of opinions) {
      const decision = await opinion(attributes);
      if (decision?.allowed) return decision;
      if (decision?.reason) reason = decision.reason;
    }
    return { allowed: false, reason };
  };

/** Members of these groups may do everything: the way back in when roles are broken. */
export const privilegedGroup =
  (group: string): Opinion =>
  ({ user }) =>
    user.groups.includes(group) ? { allowed: true, reason: '' } : undefined;
