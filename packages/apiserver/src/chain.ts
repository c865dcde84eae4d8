import type { ApiRequest, ApiResponse } from '@berth/api';
import type { Logger } from '@berth/component-base';
import type { Peer } from './authentication/authenticator.ts';
import { toStatusError, statusResponse } from './filters/errors-to-status.ts';
import { requestInfo } from './request-info.ts';
import type { Lifetime } from './lifetime.ts';
import { sourceIpsOf } from './source-ips.ts';
import type { Filter, Handler, RequestContext, UserInfo } from './request.ts';
import { anonymous } from './users.ts';

/** One request as it arrived. */
interface Incoming {
  readonly request: ApiRequest;
  readonly peer: Peer;
  readonly lifetime: Lifetime;
}

/** Sees a request before anybody knows whose it is. What it throws is turned into a Status, too. */
export type Wrapper = (context: RequestContext, next: Handler) => Promise<ApiResponse>;

export interface ChainOptions {
  readonly logger: Logger;
  readonly newUid: () => string;
  readonly authenticate: (request: ApiRequest, peer: Peer) => Promise<UserInfo>;
  /** Outermost first. */
  readonly wrappers: readonly Wrapper[];
  /** Outermost first; they know the user. */
  readonly filters: readonly Filter[];
  /** Told of requests whose sender could not show who they are. */
  readonly onUnauthenticated?: (context: RequestContext, failure: unknown) => Promise<void>;
}

/** Answers every request, whatever happens: failures become a Status. */
export type Chain = (incoming: Incoming) => Promise<ApiResponse>;

/** The one road that every request takes: audit id, metrics, deadline, who, may they, and then `handler`. */
export function createChain(options: ChainOptions, handler: Handler): Chain {
  const { logger, newUid, authenticate, wrappers, filters, onUnauthenticated } = options;
  const known = filters.reduceRight((next, filter) => filter(next), handler);

  return async ({ request, peer, lifetime }) => {
    const auditId = request.headers['audit-id'] ?? newUid();
    const warnings = new Set<string>();
    const warn = (text: string) => void warnings.add(text);
    const identified = async (context: RequestContext) => {
      const user = await authenticate(request, peer).catch(async (err: unknown) => {
        await onUnauthenticated?.(context, err);
        throw err;
      });
      return known({ ...context, user });
    };
    const failure = (err: unknown) =>
      statusResponse(toStatusError(err, logger, { path: request.path, auditId, lifetime }));
    const safely =
      (next: Handler): Handler =>
      (context) =>
        next(context).catch(failure);
    const wrapped = wrappers.reduceRight<Handler>(
      (next, wrapper) => safely((context) => wrapper(context, next)),
      safely(identified),
    );
    const arrived = async () => {
      const info = requestInfo(request.method, request.path);
      const sourceIps = sourceIpsOf(request.headers, peer);
      return wrapped({ request, info, user: anonymous, lifetime, warn, auditId, sourceIps });
    };
    const response = await arrived().catch(failure);
    return {
      ...response,
      headers: {
        ...response.headers,
        'audit-id': auditId,
        ...(warnings.size > 0 && { warning: [...warnings].map(warningValue).join(', ') }),
      },
    };
  };
}

/** RFC 7234's form; what a header cannot hold is escaped. */
const warningValue = (text: string) =>
  `299 - ${JSON.stringify(text.replace(/[^\x20-\x7e\u00a0-\u00ff]/g, '?'))}`;
