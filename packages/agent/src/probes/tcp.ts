import { connect } from 'node:net';

import { failed, passed } from './probe-result.ts';
import type { ProbeResult, ProbeTarget } from './probe-result.ts';

/** A connection that opens is success. */
export function probeTcp({ host, port }: ProbeTarget, signal: AbortSignal): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, signal });
    const end = (result: ProbeResult) => {
      socket.destroy();
      resolve(result);
    };
    socket.once('connect', () => end(passed('')));
    socket.on('error', (err) => {
      const why = signal.aborted ? 'i/o timeout' : err.message;
      end(failed(`dial tcp ${host}:${port}: ${why}`));
    });
  });
}
