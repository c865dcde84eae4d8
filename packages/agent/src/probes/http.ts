import type { HTTPGetAction } from '@berth/api';
import http from 'node:http';
import https from 'node:https';

import { textOf } from '../start-error.ts';
import type { ProbeResult, ProbeTarget } from './probe-result.ts';
import { failed, passed } from './probe-result.ts';

const maxBody = 10 * 1024;
const maxRedirects = 10;

/** What a node agent calls itself when it probes. */
const userAgent = 'kube-probe/1.36';

/** A GET: 200 to 399 is success. Redirects are followed as long as they stay with the host. */
export async function probeHttp(
  action: HTTPGetAction,
  target: ProbeTarget,
  signal: AbortSignal,
): Promise<ProbeResult> {
  const first = urlOf(action, target);
  const headers = requestHeaders(action.httpHeaders);
  try {
    let url = first;
    for (let hops = 0; hops <= maxRedirects; hops += 1) {
      const answer = await get(url, headers, signal);
      const next = redirectOf(answer, url);
      if (!next) return verdictOf(answer);
      if (next.hostname !== url.hostname) {
        return { ...passed('Probe terminated redirects'), warning: true };
      }
      url = next;
    }
    return failed(`stopped after ${maxRedirects} redirects`);
  } catch (err) {
    return failed(`Get "${first.href}": ${signal.aborted ? deadline : textOf(err)}`);
  }
}

const deadline = 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)';

function urlOf({ scheme = 'HTTP', path = '/' }: HTTPGetAction, { host, port }: ProbeTarget): URL {
  const name = host.includes(':') ? `[${host}]` : host;
  const base = `${scheme.toLowerCase()}://${name}:${port}`;
  return new URL(path.startsWith('/') ? path : `/${path}`, base);
}

type Headers = Readonly<Record<string, string | string[]>>;

function requestHeaders(given: HTTPGetAction['httpHeaders'] = []): Headers {
  const headers = new Map<string, string[]>([
    ['user-agent', [userAgent]],
    ['accept', ['*/*']],
  ]);
  const own = new Map<string, string[]>();
  for (const { name, value } of given) {
    const key = name.toLowerCase();
    own.set(key, [...(own.get(key) ?? []), value]);
  }
  // An empty value of a default means: do not send it at all.
  const all = [...headers, ...own].filter(([, values]) => values.some(Boolean));
  const unsent = [...own].filter(([, values]) => !values.some(Boolean)).map(([key]) => key);
  return Object.fromEntries(
    all
      .filter(([key]) => !unsent.includes(key))
      // Node takes a Host header in place of its own only when it is no list.
      .map(([key, values]) => [key, values.length === 1 ? values[0]! : values]),
  );
}

interface Answer {
  readonly status: number;
  readonly location: string | undefined;
  readonly body: string;
}

function get(url: URL, headers: Headers, signal: AbortSignal): Promise<Answer> {
  // Certificates of probed containers are not checked, as upstream does not.
  const options = { headers, agent: false, signal, rejectUnauthorized: false };
  return new Promise((resolve, reject) => {
    const receive = (response: http.IncomingMessage) => {
      const { statusCode = 0, headers } = response;
      readBody(response).then(
        (body) => resolve({ status: statusCode, location: headers.location, body }),
        reject,
      );
    };
    const request =
      url.protocol === 'https:'
        ? https.get(url, options, receive)
        : http.get(url, options, receive);
    request.on('error', reject);
  });
}

async function readBody(response: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= maxBody) break;
  }
  return Buffer.concat(chunks).subarray(0, maxBody).toString('utf8');
}

const redirects = new Set([301, 302, 303, 307, 308]);

function redirectOf({ status, location }: Answer, from: URL): URL | undefined {
  if (!redirects.has(status) || location === undefined) return undefined;
  return URL.canParse(location, from.href) ? new URL(location, from) : undefined;
}

const verdictOf = ({ status, body }: Answer): ProbeResult =>
  status >= 200 && status < 400
    ? passed(body)
    : failed(`HTTP probe failed with statuscode: ${status}`);
