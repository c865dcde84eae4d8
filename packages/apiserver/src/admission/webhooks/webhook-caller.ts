import type { Agent, RequestOptions } from 'node:https';
import type { Clock } from '@berth/component-base';
import { linkSignals } from '../../linked-signal.ts';
import { explain } from './explain.ts';

export interface WebhookTarget {
  /** What the webhook is called; its certificate must be for this host. */
  readonly url: string;
  /** Where it really is, asked for each call; the host of `url` when absent. */
  readonly connect?: () => Promise<{ readonly host: string; readonly port: number }>;
  /** Who may sign its certificate; those whom everybody trusts when absent. */
  readonly caPem?: string;
}

interface CallOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

export interface Reply {
  readonly code: number;
  readonly body: Uint8Array;
}

/** Calls webhooks over connections that are used again. Throws an Error that says in upstream's words why it could not. */
export interface WebhookCaller {
  post(target: WebhookTarget, body: Uint8Array, options: CallOptions): Promise<Reply>;
}

/** As much as a request of our own may have. */
const maxReply = 3 * 1024 * 1024;
/** To one webhook at the same time; more wait within their own time. */
const maxSockets = 64;

export function createWebhookCaller({ clock }: { readonly clock: Clock }): WebhookCaller {
  let agent: Agent | undefined;
  return {
    async post(target, body, { timeoutMs, signal }) {
      const linked = linkSignals(...(signal ? [signal] : []));
      const time = { up: false };
      const cancel = clock.after(timeoutMs, () => {
        time.up = true;
        linked.abort();
      });
      const named = withTimeout(target.url, timeoutMs);
      const url = new URL(named);
      try {
        const https = await import('node:https');
        agent ??= new https.Agent({ keepAlive: true, maxSockets });
        const address = await target.connect?.();
        const options = optionsOf(url, target, address);
        const asked = { ...options, agent, signal: linked.signal };
        return await exchange(https.request, asked, body);
      } catch (err) {
        const why = time.up ? 'context deadline exceeded' : explain(err, url.hostname);
        throw new Error(`Post ${JSON.stringify(named)}: ${why}`, { cause: err });
      } finally {
        cancel();
        linked.release();
      }
    },
  };
}

/** Tells the webhook how long it is waited for. */
const withTimeout = (url: string, ms: number) =>
  `${url}${url.includes('?') ? '&' : '?'}timeout=${Math.ceil(ms / 1000)}s`;

function optionsOf(
  url: URL,
  { caPem }: WebhookTarget,
  address: { readonly host: string; readonly port: number } | undefined,
): RequestOptions {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return {
    method: 'POST',
    host: address?.host ?? host,
    port: address?.port ?? (url.port || 443),
    path: `${url.pathname}${url.search}`,
    ...(address && { servername: host }),
    ...(caPem !== undefined && { ca: caPem }),
    headers: { host: url.host, 'content-type': 'application/json', accept: 'application/json' },
  };
}

type Request = (typeof import('node:https'))['request'];

const exchange = (request: Request, options: RequestOptions, body: Uint8Array): Promise<Reply> =>
  new Promise((resolve, reject) => {
    const sent = request(options, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('error', reject);
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > maxReply) sent.destroy(new Error('the response is too large'));
        else chunks.push(chunk);
      });
      response.on('end', () =>
        resolve({ code: response.statusCode ?? 0, body: Buffer.concat(chunks) }),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
