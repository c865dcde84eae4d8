import { methodNotAllowed } from '@berth/api';
import type { ServedResource } from '../registry/served.ts';
import type { Handler, RequestContext } from '../request.ts';
import { answerValue, formOf } from './answer.ts';
import { readBody } from './read-body.ts';

/** A question that is asked by creating it: nothing is stored, the answer is its status. */
export interface Review {
  readonly group: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly status: (review: ReviewBody, context: RequestContext) => Promise<object>;
}

export interface ReviewBody {
  readonly metadata?: object;
  readonly spec?: object;
}

const version = 'v1';

export function servedReview({ group, kind, namespaced }: Review): ServedResource {
  const singular = kind.toLowerCase();
  const names = { singular, resource: `${singular}s`, shortNames: [], categories: [] };
  const type = { group, version, kind, namespaced, ...names };
  return { type, subresource: '', group, version, kind, verbs: ['create'] };
}

/** Answers the review, as the object that was sent with its status. */
export function reviewHandler(review: Review): Handler {
  return async (context) => {
    if (context.info.verb !== 'create' || context.info.name) throw methodNotAllowed();
    const form = formOf(context, ['object']);
    const { group, kind } = review;
    const body = readBody(context, { group, version, kind }) as ReviewBody;
    const status = await review.status(body, context);
    const { metadata = {}, ...rest } = body;
    const answered = { kind, apiVersion: `${group}/${version}`, metadata, ...rest, status };
    return answerValue(201, answered, form);
  };
}
