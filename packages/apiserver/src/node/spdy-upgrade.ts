import { badRequest } from '@berth/api';
import { createSpdyConnection } from '@berth/component-base/spdy';
import type { SpdyConnection } from '@berth/component-base/spdy';
import type { Upgrade } from '../server.ts';

export interface AcceptedSpdy {
  readonly connection: SpdyConnection;
  /** What the streams on it mean; `''` when the client asked for nothing in particular. */
  readonly protocol: string;
}

const header = 'x-stream-protocol-version';

/** Takes a connection over as SPDY/3.1, with the first protocol of the client that is one of `supported`. */
export function acceptSpdy(
  { incoming, socket, head }: Upgrade,
  supported: readonly string[],
): AcceptedSpdy {
  const offered = (incoming.headersDistinct[header] ?? [''])
    .flatMap((value) => value.split(','))
    .map((name) => name.trim());
  const protocol = offered.find((name) => supported.includes(name));
  if (protocol === undefined) {
    throw badRequest(
      `unable to upgrade: unable to negotiate protocol: client supports [${offered.join(' ')}], server accepts [${supported.join(' ')}]`,
    );
  }
  socket.write(
    [
      'HTTP/1.1 101 Switching Protocols',
      'Connection: Upgrade',
      'Upgrade: SPDY/3.1',
      ...(protocol ? [`X-Stream-Protocol-Version: ${protocol}`] : []),
      '',
      '',
    ].join('\r\n'),
  );
  if (head.length > 0) socket.unshift(head);
  return { connection: createSpdyConnection(socket, 'server'), protocol };
}

export const isSpdy = ({ incoming }: Upgrade): boolean =>
  incoming.headers.upgrade?.toUpperCase() === 'SPDY/3.1';
