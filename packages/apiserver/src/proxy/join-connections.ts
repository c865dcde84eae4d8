import { STATUS_CODES } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Upgrade } from '../server.ts';

interface Other {
  readonly socket: Duplex;
  readonly head: Buffer;
}

/** Tells the client that the server behind us took the upgrade, and lets both talk until either is gone. */
export function joinConnections(
  { socket: client, head: sent }: Upgrade,
  response: IncomingMessage,
  { socket: server, head: received }: Other,
): void {
  client.write(headOf(response));
  if (received.length > 0) client.write(received);
  if (sent.length > 0) server.write(sent);
  for (const [from, to] of [
    [client, server],
    [server, client],
  ] as const) {
    from.on('error', () => to.destroy());
    from.once('close', () => {
      if (!from.readableEnded) to.destroy();
    });
    from.pipe(to);
  }
}

function headOf({ statusCode = 101, rawHeaders }: IncomingMessage): string {
  const lines = [`HTTP/1.1 ${statusCode} ${STATUS_CODES[statusCode] ?? ''}`];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    lines.push(`${rawHeaders[i]}: ${rawHeaders[i + 1]}`);
  }
  return `${lines.join('\r\n')}\r\n\r\n`;
}
