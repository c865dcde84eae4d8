import { forbiddenField, invalid, notSupported, required, validateFieldManager } from '@berth/api';
import type { FieldError } from '@berth/api';
import type { RequestContext } from '../request.ts';
import { optionalBoolean } from './query.ts';

export type FieldValidation = 'Ignore' | 'Warn' | 'Strict';

/** What the query of a create, update or patch asks for, checked. */
export interface WriteQuery {
  readonly dryRun: boolean;
  /** Who owns the written fields: as asked, else what the User-Agent begins with. */
  readonly fieldManager: string;
  readonly fieldValidation: FieldValidation;
  /** Take fields over from other appliers. */
  readonly force: boolean;
  /** The query as the options object that it stands for. */
  readonly options: object;
}

type OptionsKind = 'CreateOptions' | 'UpdateOptions' | 'PatchOptions';

export function parseWriteQuery(
  { info: { query }, request }: Pick<RequestContext, 'info' | 'request'>,
  kind: OptionsKind,
  apply = false,
): WriteQuery {
  const dryRun = query.getAll('dryRun');
  const manager = query.get('fieldManager') ?? '';
  const validation = query.get('fieldValidation') ?? '';
  const force = optionalBoolean(query, 'force');
  refuse(kind, [
    ...dryRunProblems(dryRun),
    ...(kind === 'PatchOptions' ? applyProblems(apply, manager, force) : []),
    ...validateFieldManager(manager, 'fieldManager'),
    ...validationProblems(validation),
  ]);
  return {
    dryRun: dryRun.length > 0,
    fieldManager: manager || managerFromAgent(request.headers['user-agent'] ?? ''),
    fieldValidation: isFieldValidation(validation) ? validation : 'Warn',
    force: force ?? false,
    options: {
      kind,
      apiVersion: 'meta.k8s.io/v1',
      ...(dryRun.length > 0 && { dryRun }),
      ...(manager && { fieldManager: manager }),
      ...(validation && { fieldValidation: validation }),
      ...(force !== undefined && { force }),
    },
  };
}

/** Throws every problem of an options object at once. */
export function refuse(kind: string, problems: readonly FieldError[]): void {
  if (problems.length > 0) throw invalid({ group: 'meta.k8s.io', kind }, '', problems);
}

export const dryRunProblems = (values: readonly string[]): readonly FieldError[] =>
  values.filter((value) => value !== 'All').map((value) => notSupported('dryRun', value, ['All']));

function applyProblems(
  apply: boolean,
  manager: string,
  force: boolean | undefined,
): readonly FieldError[] {
  if (apply) return manager ? [] : [required('fieldManager', 'is required for apply patch')];
  return force === undefined
    ? []
    : [forbiddenField('force', 'may not be specified for non-apply patch')];
}

const isFieldValidation = (value: string): value is FieldValidation =>
  value === 'Ignore' || value === 'Warn' || value === 'Strict';

const validationProblems = (value: string): readonly FieldError[] =>
  value === '' || isFieldValidation(value)
    ? []
    : [notSupported('fieldValidation', value, ['', 'Ignore', 'Strict', 'Warn'])];

const longestManager = 128;

/** `kubectl/v1.36.0 (linux/amd64)` writes as `kubectl`. */
function managerFromAgent(agent: string): string {
  const [name = ''] = agent.split('/', 1);
  return Array.from(name).filter(isPrintable).slice(0, longestManager).join('') || 'unknown';
}

const isPrintable = (text: string) => !/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}]/u.test(text);
