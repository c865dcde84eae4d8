import { invalidValue, notSupported } from '@berth/api';
import type { DeleteOptions, FieldError } from '@berth/api';
import type { DeleteRequest, Propagation } from '../registry/delete-plan.ts';
import type { RequestContext } from '../request.ts';
import { optionalBoolean, optionalInteger } from './query.ts';
import { readBody } from './read-body.ts';
import { dryRunProblems, refuse } from './write-options.ts';

/** What a DELETE asks for: in its body, or in its query when there is no body. */
export function readDeleteRequest(context: RequestContext): DeleteRequest {
  const { body } = context.request;
  return deleteRequestOf(
    body && body.length > 0 ? fromBody(context) : fromQuery(context.info.query),
  );
}

/** The options of a deletion, checked. */
export function deleteRequestOf(options: DeleteOptions): DeleteRequest {
  refuse('DeleteOptions', problemsOf(options));
  const { gracePeriodSeconds, preconditions } = options;
  const propagation = propagationOf(options);
  return {
    // Kubernetes takes a negative period for the shortest one that still is a period.
    ...(gracePeriodSeconds !== undefined && {
      graceSeconds: gracePeriodSeconds < 0 ? 1 : gracePeriodSeconds,
    }),
    ...(propagation && { propagation }),
    preconditions: preconditions ?? {},
    dryRun: (options.dryRun ?? []).length > 0,
    options: { kind: 'DeleteOptions', apiVersion: 'meta.k8s.io/v1', ...options },
  };
}

/** Whether the client asked to be told with 202 that the object is still there. */
export const waitsForDependents = ({ propagation }: DeleteRequest): boolean =>
  propagation === 'Foreground';

const fromBody = (context: RequestContext): DeleteOptions => readBody(context, deleteOptions);

const deleteOptions = { group: '', version: 'v1', kind: 'DeleteOptions' };

function fromQuery(query: URLSearchParams): DeleteOptions {
  const gracePeriodSeconds = optionalInteger(query, 'gracePeriodSeconds');
  const orphanDependents = optionalBoolean(query, 'orphanDependents');
  const propagationPolicy = query.get('propagationPolicy');
  return {
    ...(gracePeriodSeconds !== undefined && { gracePeriodSeconds }),
    ...(orphanDependents !== undefined && { orphanDependents }),
    ...(propagationPolicy && { propagationPolicy }),
    dryRun: query.getAll('dryRun'),
  };
}

const policies: readonly Propagation[] = ['Background', 'Foreground', 'Orphan'];
const isPolicy = (value: string): value is Propagation =>
  (policies as readonly string[]).includes(value);

function problemsOf({
  dryRun,
  orphanDependents,
  propagationPolicy,
}: DeleteOptions): readonly FieldError[] {
  const problems = [...dryRunProblems(dryRun ?? [])];
  if (propagationPolicy && orphanDependents !== undefined)
    problems.push(
      invalidValue(
        'propagationPolicy',
        propagationPolicy,
        'orphanDependents and deletionPropagation cannot be both set',
      ),
    );
  if (propagationPolicy && !isPolicy(propagationPolicy))
    problems.push(notSupported('propagationPolicy', propagationPolicy, [...policies, 'nil']));
  return problems;
}

function propagationOf({
  propagationPolicy,
  orphanDependents,
}: DeleteOptions): Propagation | undefined {
  if (propagationPolicy && isPolicy(propagationPolicy)) return propagationPolicy;
  if (orphanDependents === undefined) return undefined;
  return orphanDependents ? 'Orphan' : 'Background';
}
