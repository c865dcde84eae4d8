import type { Reply } from './webhook-caller.ts';

const problems: Readonly<Record<number, string>> = {
  400: 'the server rejected our request for an unknown reason',
  401: 'the server has asked for the client to provide credentials',
  404: 'the server could not find the requested resource',
  405: 'the server does not allow this method on the requested resource',
  429: 'the server has received too many requests and has asked us to try again later',
  503: 'the server is currently unable to handle the request',
  504: 'the server was unable to return a response in the time allotted, but may still be processing the request',
};

/** How much of a webhook's own words is passed on. */
const longestQuote = 2048;

/** What is wrong with a reply that is no answer, in the words of Kubernetes' own client. */
export function replyProblem({ code, body }: Reply): string | undefined {
  if (code >= 200 && code < 300) return undefined;
  const known = Object.hasOwn(problems, code) && problems[code];
  if (known) return known;
  if (code < 500)
    return `the server responded with the status code ${code} but did not return more information`;
  const said = Buffer.from(body.subarray(0, longestQuote)).toString().trim() || 'unknown';
  return `an error on the server (${JSON.stringify(said)}) has prevented the request from succeeding`;
}
