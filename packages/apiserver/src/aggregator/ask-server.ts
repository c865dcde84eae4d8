import { Buffer } from 'node:buffer';
import type { Clock } from '@berth/component-base';
import { linkSignals } from '../linked-signal.ts';
import { exchange } from '../proxy/exchange.ts';
import type { Dial, Target } from '../proxy/target.ts';
import type { UserInfo } from '../request.ts';
import { remoteHeaders } from './remote-headers.ts';

export interface AskOptions {
  readonly dial: Dial;
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** Longer answers are refused. */
  readonly maxBytes: number;
}

const ourselves: UserInfo = { name: 'system:kube-aggregator', groups: ['system:masters'] };

/** Reads a JSON document of a server behind us as somebody who may read everything; throws when there is none. */
export async function askServer(
  target: Target,
  path: string,
  { dial, clock, timeoutMs, maxBytes }: AskOptions,
  signal: AbortSignal,
): Promise<unknown> {
  const limited = linkSignals(signal);
  const cancel = clock.after(timeoutMs, limited.abort);
  const url = `https://${target.host}${path}`;
  try {
    const headers = { host: target.host, accept: 'application/json', ...remoteHeaders(ourselves) };
    const request = { method: 'GET', path, headers };
    const { response } = await exchange(target, request, dial, limited.signal);
    const status = response.statusCode ?? 0;
    if (status < 200 || status >= 300) {
      response.destroy();
      throw new Error(`bad status from ${url}: ${status}`);
    }
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of response) {
      chunks.push(chunk as Buffer);
      size += (chunk as Buffer).length;
      if (size > maxBytes) throw new Error('the answer is too long');
    }
    return JSON.parse(Buffer.concat(chunks).toString()) as unknown;
  } catch (err) {
    const why = err instanceof Error ? err.message : String(err);
    throw new Error(`failing or missing response from ${url}: ${why}`, { cause: err });
  } finally {
    cancel();
    limited.release();
  }
}
