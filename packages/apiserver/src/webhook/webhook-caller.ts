import type { Agent, RequestOptions } from 'node:https';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Clock } from '@berth/component-base';
import { linkSignals } from '../linked-signal.ts';
import type { Address, Dial } from '../proxy/target.ts';
import { explain } from './explain.ts';

export interface WebhookTarget {
  /** What the webhook is called; its certificate must be for this host. */
  readonly url: string;
  /** Where it really is, asked for each call; the host of `url` when absent. */
  readonly connect?: () => Promise<Address>;
  /** Who may sign its certificate; those whom everybody trusts when absent. */
  readonly caPem?: string;
}

interface CallOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Longer answers are refused; as much as a request of our own may have when absent. */
  readonly maxReply?: number;
}

export interface Reply {
  readonly code: number;
  readonly body: Uint8Array;
}

/** Calls webhooks over connections that are used again. Throws an Error that says in upstream's words why it could not. */
export interface WebhookCaller {
  post(target: WebhookTarget, body: Uint8Array, options: CallOptions): Promise<Reply>;
}

export interface WebhookCallerOptions {
  readonly clock: Clock;
  readonly dial: Dial;
}

const usualReply = 3 * 1024 * 1024;
/** To one webhook at the same time; more wait within their own time. */
const maxSockets = 64;

export function createWebhookCaller({ clock, dial }: WebhookCallerOptions): WebhookCaller {
  let agent: Agent | undefined;
  return {
    async post(target, body, { timeoutMs, signal, maxReply = usualReply }) {
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
        agent ??= await createAgent(dial);
        const options = optionsOf(url, target, await target.connect?.());
        const asked = { ...options, agent, signal: linked.signal };
        return await exchange(https.request, asked, body, maxReply);
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

/** A request with the way to whoever answers it. */
interface Asked extends RequestOptions {
  readonly host: string;
  readonly servername: string;
  /** Whose certificate it has to be. */
  readonly identity: string;
  readonly address: Address;
}

function optionsOf(url: URL, { caPem }: WebhookTarget, found: Address | undefined): Asked {
  const name = url.hostname.replace(/^\[|\]$/g, '');
  const address = found ?? { kind: 'host', host: name, port: Number(url.port || 443) };
  return {
    method: 'POST',
    // Connections are kept by host, port and the rest of what is said here.
    host: address.kind === 'pod' ? address.ip : address.host,
    port: address.port,
    path: `${url.pathname}${url.search}`,
    servername: isIP(name) ? '' : name,
    identity: name,
    address,
    ...(caPem !== undefined && { ca: caPem }),
    headers: { host: url.host, 'content-type': 'application/json', accept: 'application/json' },
  };
}

type Opened = (err: Error | null, socket?: Duplex) => void;

/** Keeps connections; new ones are opened by `dial` and encrypted. */
async function createAgent(dial: Dial): Promise<Agent> {
  const [https, tls] = await Promise.all([import('node:https'), import('node:tls')]);
  // A connection outlives the request that it was opened for.
  const forGood = new AbortController().signal;
  const open = async ({ address, servername, identity, ca }: Asked): Promise<Duplex> => {
    const raw = await dial(address, forGood);
    const socket = tls.connect({
      socket: raw,
      host: identity,
      servername,
      ALPNProtocols: ['http/1.1'],
      ...(ca !== undefined && { ca }),
    });
    raw.on('error', (err) => socket.destroy(err));
    return socket;
  };
  const connect = (options: RequestOptions, opened?: Opened) => {
    void open(options as Asked).then(
      (socket) => opened?.(null, socket),
      (err: unknown) => opened?.(err instanceof Error ? err : new Error(String(err))),
    );
    return undefined;
  };
  const agent = new https.Agent({ keepAlive: true, maxSockets });
  return Object.assign(agent, { createConnection: connect });
}

type Request = (typeof import('node:https'))['request'];

const exchange = (
  request: Request,
  options: RequestOptions,
  body: Uint8Array,
  maxReply: number,
): Promise<Reply> =>
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
    sent.on('error', (err: NodeJS.ErrnoException) => {
      // The other side had ended the connection before it could see the request.
      const neverSeen = sent.reusedSocket && err.code === 'ECONNRESET';
      if (neverSeen) resolve(exchange(request, options, body, maxReply));
      else reject(err);
    });
    sent.end(body);
  });
