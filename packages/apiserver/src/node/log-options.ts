import { badRequest, forbiddenField, invalid, invalidValue, parseTime } from '@berth/api';
import type { FieldError } from '@berth/api';
import type { LogsRequest } from '@berth/component-base/node-protocol';
import { optionalBoolean, optionalInteger } from '../endpoints/query.ts';

const notAsked = -1;

/** What the query of `pods/log` asks for. Throws when that cannot be. */
export function parseLogOptions(query: URLSearchParams, podName: string, now: number): LogsRequest {
  const tailLines = optionalInteger(query, 'tailLines');
  const limitBytes = optionalInteger(query, 'limitBytes');
  const sinceSeconds = optionalInteger(query, 'sinceSeconds');
  const sinceTime = query.get('sinceTime') || undefined;
  const problems = [
    ...atLeast('tailLines', tailLines, 0, 'must be greater than or equal to 0'),
    ...atLeast('limitBytes', limitBytes, 1, 'must be greater than 0'),
    ...atLeast('sinceSeconds', sinceSeconds, 1, 'must be greater than 0'),
    ...(sinceSeconds !== undefined && sinceTime !== undefined
      ? [forbiddenField('', 'at most one of `sinceTime` or `sinceSeconds` may be specified')]
      : []),
  ];
  if (problems.length > 0) throw invalid({ group: '', kind: 'PodLogOptions' }, podName, problems);
  return {
    follow: optionalBoolean(query, 'follow') ?? false,
    previous: optionalBoolean(query, 'previous') ?? false,
    timestamps: optionalBoolean(query, 'timestamps') ?? false,
    tailLines: tailLines ?? notAsked,
    limitBytes: limitBytes ?? notAsked,
    sinceMs: sinceTime ? momentOf(sinceTime) : since(sinceSeconds, now),
  };
}

const atLeast = (
  field: string,
  value: number | undefined,
  least: number,
  why: string,
): readonly FieldError[] =>
  value !== undefined && value < least ? [invalidValue(field, value, why)] : [];

const since = (seconds: number | undefined, now: number) =>
  seconds === undefined ? notAsked : Math.max(0, now - seconds * 1000);

function momentOf(text: string): number {
  const moment = parseTime(text);
  if (moment === undefined) {
    throw badRequest(`unable to decode sinceTime: ${JSON.stringify(text)} is not a time`);
  }
  return Math.max(0, moment);
}
