import { request } from 'node:http';
import type { Duplex } from 'node:stream';
import { createSpdyConnection } from '@berth/component-base/spdy';
import type { SpdyHeaders } from '@berth/component-base/spdy';

import { NotSpokenError } from './runtime-channels.ts';
import type { ChannelName, RuntimeChannel, RuntimeChannels, Wanted } from './runtime-channels.ts';

/** Opens a URL of the streaming server over SPDY/3.1, where every channel can end for itself. */
export async function openSpdyChannels(
  url: string,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<RuntimeChannels> {
  const connection = createSpdyConnection(await upgrade(url, wanted, signal), 'client');
  const channels = new Map<ChannelName, RuntimeChannel>();
  try {
    for (const name of wanted.channels) {
      channels.set(name, await connection.open(headersOf(wanted, name)));
    }
  } catch (err) {
    connection.close();
    throw err;
  }
  return { channel: (name) => channels.get(name), close: () => connection.close() };
}

const headersOf = ({ kind }: Wanted, name: ChannelName): SpdyHeaders =>
  kind === 'command'
    ? { streamtype: name }
    : { streamtype: name, port: String(kind.port), requestid: '0' };

function upgrade(url: string, { kind }: Wanted, signal: AbortSignal): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const asked = request(url, {
      method: 'POST',
      signal,
      headers: {
        connection: 'Upgrade',
        upgrade: 'SPDY/3.1',
        'x-stream-protocol-version':
          kind === 'command' ? 'v4.channel.k8s.io' : 'portforward.k8s.io',
      },
    });
    asked.once('upgrade', (_response, socket, head) => {
      socket.unshift(head);
      resolve(socket);
    });
    asked.once('response', (response) => {
      response.resume();
      reject(new NotSpokenError(`the runtime answered ${response.statusCode} to SPDY/3.1`));
    });
    asked.once('error', reject);
    asked.end();
  });
}
