import { attributesOf } from '../authorization/attributes.ts';
import type { Authorizer } from '../authorization/authorizer.ts';
import { refusal } from '../authorization/forbidden.ts';
import type { Filter } from '../request.ts';

/** Refuses what the user may not do, before anything is read or changed. */
export const authorization =
  (authorize: Authorizer): Filter =>
  (next) =>
  async (context) => {
    const attributes = attributesOf(context);
    const { allowed, reason } = await authorize(attributes);
    context.audit?.annotate('authorization.k8s.io/decision', allowed ? 'allow' : 'forbid');
    context.audit?.annotate('authorization.k8s.io/reason', reason);
    if (!allowed) throw refusal(attributes, reason);
    return next(context);
  };
