import { Buffer } from 'node:buffer';
import { wholeBody } from '@berth/api';
import type { ApiResponse } from '@berth/api';
import type { Wrapper } from '../chain.ts';
import type { RequestContext } from '../request.ts';
import { indentJson } from './indent-json.ts';

/** More is for machines, and to write it out in lines would keep others waiting. */
const longestPretty = 4 * 2 ** 20;

/** Whom upstream takes for a person at a browser or a command line. */
const people = ['curl', 'Wget', 'Mozilla/5.0'];

/** JSON in lines for those who ask for it with `?pretty`, and for people unless they ask not to. */
export const prettyPrint: Wrapper = async (context, next) => {
  const answer = await next(context);
  const { bytes } = answer.body;
  if (!bytes || bytes.byteLength > longestPretty) return answer;
  return isWanted(context) && isJson(answer) ? pretty(answer, bytes) : answer;
};

function isWanted({ request, info }: RequestContext): boolean {
  // What others have written is passed on as it is.
  if (info.subresource === 'proxy') return false;
  if (info.path === '/version') return true;
  if (!/^\/apis?(?:\/|$)/.test(info.path)) return false;
  // Almost nobody asks, and everybody is asked.
  const asked = request.path.includes('pretty') ? info.query.get('pretty') : null;
  if (asked) return /^(?:1|t|T|TRUE|true|True)$/.test(asked);
  const agent = request.headers['user-agent'] ?? '';
  return people.some((name) => agent.startsWith(name));
}

const isJson = ({ headers }: ApiResponse) => headers['content-type'] === 'application/json';

function pretty(answer: ApiResponse, bytes: Uint8Array): ApiResponse {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  const lines = Buffer.from(indentJson(text));
  const { 'content-length': length, ...headers } = answer.headers;
  return {
    ...answer,
    headers: {
      ...headers,
      ...(length !== undefined && { 'content-length': String(lines.byteLength) }),
    },
    body: wholeBody(lines),
  };
}
