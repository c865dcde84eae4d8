import { forbiddenField, invalid, notSupported } from '@berth/api';
import type { FieldError } from '@berth/api';
import { badNumber, optionalBoolean, optionalInteger } from './query.ts';

type VersionMatch = 'Exact' | 'NotOlderThan';

/** What the query of a list or watch asks for, checked. */
export interface ListQuery {
  readonly labelSelector: string;
  readonly fieldSelector: string;
  readonly limit: number;
  readonly continue: string;
  /** `''` asks for the newest, `'0'` for whatever is at hand. */
  readonly resourceVersion: string;
  readonly match?: VersionMatch;
  readonly bookmarks: boolean;
  readonly sendInitialEvents?: boolean;
  readonly timeoutSeconds?: number;
}

export function parseListQuery(query: URLSearchParams, watch: boolean): ListQuery {
  const sendInitialEvents = optionalBoolean(query, 'sendInitialEvents');
  const timeoutSeconds = optionalInteger(query, 'timeoutSeconds');
  const match = query.get('resourceVersionMatch') ?? '';
  const parsed = {
    labelSelector: query.get('labelSelector') ?? '',
    fieldSelector: query.get('fieldSelector') ?? '',
    limit: Math.max(0, optionalInteger(query, 'limit') ?? 0),
    continue: query.get('continue') ?? '',
    resourceVersion: query.get('resourceVersion') ?? '',
    bookmarks: optionalBoolean(query, 'allowWatchBookmarks') ?? false,
    ...(sendInitialEvents !== undefined && { sendInitialEvents }),
    ...(timeoutSeconds !== undefined && { timeoutSeconds }),
  };
  const problems = watch ? watchProblems(parsed, match) : listProblems(parsed, match);
  if (problems.length > 0)
    throw invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', problems);
  return match === 'Exact' || match === 'NotOlderThan' ? { ...parsed, match } : parsed;
}

type Parsed = Omit<ListQuery, 'match'>;

function listProblems(query: Parsed, match: string): readonly FieldError[] {
  const problems: FieldError[] = [];
  if (match) {
    if (!query.resourceVersion)
      problems.push(noMatch('is forbidden unless resourceVersion is provided'));
    if (query.continue) problems.push(noMatch('is forbidden when continue is provided'));
    if (match !== 'Exact' && match !== 'NotOlderThan')
      problems.push(unknownMatch(match, ['Exact', 'NotOlderThan', '']));
    if (match === 'Exact' && query.resourceVersion === '0')
      problems.push(noMatch('"exact" is forbidden for resourceVersion "0"'));
  }
  if (query.sendInitialEvents !== undefined)
    problems.push(forbiddenField('sendInitialEvents', 'sendInitialEvents is forbidden for list'));
  return problems;
}

function watchProblems(query: Parsed, match: string): readonly FieldError[] {
  const problems: FieldError[] = [];
  const streaming = query.sendInitialEvents !== undefined;
  if (streaming && match !== 'NotOlderThan')
    problems.push(
      forbiddenField(
        'resourceVersionMatch',
        'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
      ),
    );
  if (match) {
    if (!streaming)
      problems.push(noMatch('is forbidden for watch unless sendInitialEvents is provided'));
    if (match !== 'NotOlderThan') problems.push(unknownMatch(match, ['NotOlderThan']));
    if (query.continue) problems.push(noMatch('is forbidden when continue is provided'));
  }
  return problems;
}

const noMatch = (why: string) =>
  forbiddenField('resourceVersionMatch', `resourceVersionMatch ${why}`);
const unknownMatch = (value: string, known: readonly string[]) =>
  notSupported('resourceVersionMatch', value, known);

/** A resource version of a query as a number; `''` and `'0'` are 0. */
export function parseRevision(text: string): number {
  if (text === '') return 0;
  const value = /^[0-9]+$/.test(text) ? Number(text) : NaN;
  if (!Number.isSafeInteger(value))
    throw badNumber(`invalid resource version: resourceVersion: Invalid value`, text);
  return value;
}
