import type { ApiResponse } from '@berth/api';
import { exchange } from '../proxy/exchange.ts';
import type { Exchanged } from '../proxy/exchange.ts';
import { plainAnswer } from '../proxy/answer-of.ts';
import { forwardedHeaders } from '../proxy/headers.ts';
import { joinConnections } from '../proxy/join-connections.ts';
import type { Dial, Target } from '../proxy/target.ts';
import type { RequestContext } from '../request.ts';
import { textResponse } from '../response.ts';
import type { Upgrade } from '../server.ts';
import { remoteHeaders } from './remote-headers.ts';

/** What clients hear when nobody can answer for a version. */
export const unavailable = (why = 'service unavailable'): ApiResponse =>
  textResponse(503, `${why}\n`);

/** Passes a request on to the server that answers for its version, which takes our word for who asks. */
export async function passOn(
  context: RequestContext,
  target: Target,
  dial: Dial,
  upgrade?: Upgrade,
): Promise<ApiResponse | undefined> {
  const { response, upgraded } = await ask(context, target, dial, upgrade !== undefined);
  if (upgraded && upgrade) {
    joinConnections(upgrade, response, upgraded);
    return undefined;
  }
  upgraded?.socket.destroy();
  return plainAnswer(response);
}

function ask(
  { request, user, lifetime, info }: RequestContext,
  target: Target,
  dial: Dial,
  isUpgrade: boolean,
): Promise<Exchanged> {
  const headers = {
    ...forwardedHeaders(request.headers),
    ...remoteHeaders(user),
    host: target.host,
    'x-forwarded-uri': info.path,
    ...(isUpgrade && { connection: 'Upgrade', upgrade: request.headers['upgrade'] ?? '' }),
  };
  return exchange(target, { ...request, headers }, dial, lifetime.signal);
}
