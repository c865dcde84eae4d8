import { badRequest } from '@berth/api';
import type { ApiRequest, ApiResponse } from '@berth/api';
import type { Peer } from './authentication/authenticator.ts';
import { attributesOf } from './authorization/attributes.ts';
import type { Authorizer } from './authorization/authorizer.ts';
import { refusal } from './authorization/forbidden.ts';
import type { Chain } from './chain.ts';
import type { Lifetime } from './lifetime.ts';
import { requestInfo } from './request-info.ts';
import type { Handler, RequestContext, RequestInfo } from './request.ts';
import type { Upgrade } from './server.ts';

/**
 * Takes over the connection of a request that was let in. Resolves when the connection was taken over (not when it
 * ends), or to an answer that is sent instead; throws `StatusError` to refuse while nothing was written.
 */
export type UpgradeHandler = (
  context: RequestContext,
  upgrade: Upgrade,
) => Promise<ApiResponse | undefined | void>;

export interface UpgradesOptions {
  /** By `resource/subresource` of the core group. */
  readonly handlers: Readonly<Record<string, UpgradeHandler>>;
  /** Who takes over what is none of these, if anybody does. */
  readonly others: (info: RequestInfo) => UpgradeHandler | undefined;
  readonly handle: Chain;
  readonly authorize: Authorizer;
  readonly chainTo: (handler: Handler) => Chain;
}

/** Sends upgrade requests along the same road as all others, to whoever takes their connection over. */
export const createUpgrades =
  ({ handlers, others, handle, authorize, chainTo }: UpgradesOptions) =>
  async (
    request: ApiRequest,
    peer: Peer,
    upgrade: Upgrade,
    lifetime: Lifetime,
  ): Promise<ApiResponse | undefined> => {
    const handler = handlerFor(handlers, others, request);
    if (!handler) return handle({ request, peer, lifetime });
    const response = await chainTo(async (context) => {
      if (intoPods.includes(context.info.subresource)) await mayCreate(authorize, context);
      return (await handler(context, upgrade)) ?? switched;
    })({ request, peer, lifetime });
    return response.status === switched.status ? undefined : response;
  };

const intoPods: readonly string[] = ['attach', 'exec', 'portforward'];

/** A WebSocket begins with GET, but whoever opens a stream into a pod needs more than the right to read. */
async function mayCreate(authorize: Authorizer, context: RequestContext): Promise<void> {
  const attributes = { ...attributesOf(context), verb: 'create' };
  const { allowed, reason } = await authorize(attributes);
  if (!allowed) throw refusal(attributes, reason);
}

function handlerFor(
  handlers: UpgradesOptions['handlers'],
  others: UpgradesOptions['others'],
  { method, path }: ApiRequest,
) {
  try {
    const info = requestInfo(method, path);
    const key = `${info.resource}/${info.subresource}`;
    const isOurs = info.isResource && info.group === '' && Object.hasOwn(handlers, key);
    return isOurs ? handlers[key] : others(info);
  } catch {
    // The chain refuses what cannot be read, in the usual words.
    return undefined;
  }
}

const switched: ApiResponse = { status: 101, headers: {}, body: nothing() };

async function* nothing(): AsyncIterable<Uint8Array> {
  // The connection is no longer ours to write to.
}

/** For requests to such a subresource that do not ask for an upgrade. */
export const upgradeRequired = () => badRequest('Upgrade request required');
