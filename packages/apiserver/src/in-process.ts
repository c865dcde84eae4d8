import type { ApiResponse, Transport } from '@berth/api';
import type { Chain } from './chain.ts';
import { lifetimeWithin } from './lifetime.ts';
import type { UserInfo } from './request.ts';

/** Calls without a connection, by the same road as all others, as a user who is who they say. */
export const inProcessTransport =
  (handle: Chain, user: UserInfo, closing: AbortSignal): Transport =>
  async (request, asked) => {
    const { lifetime, release } = lifetimeWithin(...(asked ? [asked, closing] : [closing]));
    const response = await handle({ request, peer: { kind: 'user', user }, lifetime });
    return { ...response, body: released(response.body, release) };
  };

async function* released(
  body: ApiResponse['body'],
  release: () => void,
): AsyncIterable<Uint8Array> {
  try {
    yield* body;
  } finally {
    release();
  }
}
