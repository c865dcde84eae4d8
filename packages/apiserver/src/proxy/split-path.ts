import type { RequestInfo } from '../request.ts';

export interface ProxyPath {
  /** Up to and with `/proxy`. */
  readonly prefix: string;
  /** What the target is asked for, escaped as the client did; `''` when the path ends with `/proxy`. */
  readonly path: string;
  /** With its question mark, or `''`. */
  readonly query: string;
}

/** Takes the path of a proxy apart: what is ours, and what is the target's. */
export function splitProxyPath(
  pathAndQuery: string,
  { namespace }: Pick<RequestInfo, 'namespace'>,
): ProxyPath {
  const mark = pathAndQuery.indexOf('?');
  const whole = mark < 0 ? pathAndQuery : pathAndQuery.slice(0, mark);
  const query = mark < 0 ? '' : pathAndQuery.slice(mark);
  const segments = namespace === '' ? 5 : 7;
  const prefix = new RegExp(`^(?:/+[^/]+){${segments}}`).exec(whole)?.[0] ?? whole;
  return { prefix, path: whole.slice(prefix.length), query };
}
