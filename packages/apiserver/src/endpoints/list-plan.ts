import { badRequest } from '@berth/api';
import { parseContinue } from './continue-token.ts';
import { parseRevision } from './list-options.ts';
import type { ListQuery } from './list-options.ts';

/** Which state of the objects a list shows, and which part of it. */
export interface ListPlan {
  /** 0 for all. */
  readonly limit: number;
  readonly start?: string;
  /** Exactly this state. */
  readonly revision?: number;
  /** The newest state, once it is at least this. */
  readonly atLeast: number;
  /** Whatever is at hand will do. */
  readonly anyState: boolean;
}

/** What the parameters of a list mean together. */
export function planList(query: ListQuery): ListPlan {
  const asked = parseRevision(query.resourceVersion);
  if (query.continue) {
    if (query.resourceVersion && query.resourceVersion !== '0')
      throw badRequest('specifying resource version is not allowed when using continue');
    return { ...parseContinue(query.continue), limit: query.limit, atLeast: 0, anyState: false };
  }
  // Kubernetes reads a page at a given version exactly there, and ignores the limit when any state will do.
  const exact = query.match === 'Exact' || (query.match === undefined && query.limit > 0);
  if (asked > 0 && exact)
    return { limit: query.limit, revision: asked, atLeast: 0, anyState: false };
  const anyState = query.resourceVersion === '0';
  return { limit: anyState ? 0 : query.limit, atLeast: asked, anyState };
}
