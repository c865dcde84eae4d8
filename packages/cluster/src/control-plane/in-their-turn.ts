import { setImmediate } from 'node:timers/promises';
import type { ApiResponse, Transport } from '@berth/api';

/**
 * A transport within this process whose watches are read a turn of the event loop later. Whoever watches over a
 * connection has then been written to, which takes less time than what a loop makes of a change.
 */
export const inTheirTurn =
  (transport: Transport): Transport =>
  async (request, signal) => {
    const response = await transport(request, signal);
    return response.body.bytes ? response : { ...response, body: aTurnLater(response.body) };
  };

async function* aTurnLater(body: ApiResponse['body']): AsyncIterable<Uint8Array> {
  for await (const piece of body) {
    await setImmediate();
    yield piece;
  }
}
