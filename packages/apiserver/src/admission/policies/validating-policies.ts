import {
  forbidden,
  StatusError,
  validatingAdmissionPolicies,
  validatingAdmissionPolicyBindings,
} from '@berth/api';
import type { ValidatingAdmissionPolicyBinding } from '@berth/api';
import type { Admission, AdmissionReads, Attributes } from '../admission.ts';
import { isExempt } from '../webhooks/rules.ts';
import { createCompiled } from './compiled.ts';
import { judge } from './judge.ts';
import { noteFailures, noteValues } from './audit-notes.ts';
import type { AuditedFailure } from './audit-notes.ts';
import type { Judgement } from './judge.ts';
import { matchResources } from './match-resources.ts';
import { collectParams } from './params.ts';
import { requestValues } from './request-values.ts';
import { compileValidating } from './validating-policy.ts';
import type { CompiledValidating } from './validating-policy.ts';

/** Asks the policies that are bound to a write; of several refusals the first one counts. */
export function validatingPolicies(reads: AdmissionReads): Admission {
  const compiled = createCompiled(compileValidating);
  return {
    name: 'ValidatingAdmissionPolicy',
    handles: ({ type }) => !isExempt(type) && reads.serves(validatingAdmissionPolicies),
    async validate(attributes) {
      const policies = await reads.list(validatingAdmissionPolicies);
      if (policies.length === 0) return;
      const bindings = await reads.list(validatingAdmissionPolicyBindings);
      const denials: Denial[] = [];
      const audited: AuditedFailure[] = [];
      for (const policy of compiled(policies)) {
        const answer = await ask(policy, bindings, attributes, reads);
        denials.push(...answer.denials);
        audited.push(...answer.audited);
      }
      noteFailures(attributes, audited);
      if (denials[0]) throw refusal(denials[0], attributes);
    },
  };
}

interface Denial {
  readonly policy: string;
  /** Absent when the policy itself cannot be applied. */
  readonly binding?: string;
  readonly message: string;
  readonly reason?: string;
}

interface Answer {
  readonly denials: readonly Denial[];
  readonly audited: readonly AuditedFailure[];
}

const nothing: Answer = { denials: [], audited: [] };

async function ask(
  policy: CompiledValidating,
  bindings: readonly ValidatingAdmissionPolicyBinding[],
  attributes: Attributes,
  reads: AdmissionReads,
): Promise<Answer> {
  const { metadata, spec } = policy.source;
  const own = bindings.filter((one) => one.spec.policyName === metadata.name);
  if (own.length === 0) return nothing;
  const match = await matchResources(spec.matchConstraints, attributes, reads);
  if (!match) return nothing;
  const values = await requestValues(match, reads);
  const denials: Denial[] = [];
  const audited: AuditedFailure[] = [];
  for (const binding of own) {
    if (!(await matchResources(binding.spec.matchResources, attributes, reads))) continue;
    const by = { policy: metadata.name, binding: binding.metadata.name };
    const judgements = await judgementsOf(policy, binding, attributes, values, reads);
    noteValues(attributes, metadata.name, judgements);
    const { validationActions } = binding.spec;
    for (const finding of judgements.flatMap(({ findings }) => findings)) {
      if (finding.outright || validationActions.includes('Deny'))
        denials.push({ ...by, ...finding });
      if (!finding.outright && validationActions.includes('Audit'))
        audited.push({
          message: finding.message,
          ...by,
          expressionIndex: finding.index ?? 0,
          validationActions,
        });
      if (!finding.outright && validationActions.includes('Warn'))
        attributes.warn(
          `Validation failed for ValidatingAdmissionPolicy '${by.policy}' with binding '${by.binding}': ${finding.message}`,
        );
    }
  }
  return { denials, audited };
}

async function judgementsOf(
  policy: CompiledValidating,
  { spec }: ValidatingAdmissionPolicyBinding,
  { namespace }: Attributes,
  values: Readonly<Record<string, unknown>>,
  reads: AdmissionReads,
): Promise<readonly Judgement[]> {
  const { paramKind, failurePolicy } = policy.source.spec;
  try {
    const params = await collectParams(paramKind, spec.paramRef, namespace, reads);
    return params.map((one) => judge(policy, { ...values, params: one }));
  } catch (err) {
    if (failurePolicy === 'Ignore') return [];
    const why = err instanceof Error ? err.message : String(err);
    const message = `failed to configure binding: ${why}`;
    return [{ findings: [{ message, outright: true }], notes: [] }];
  }
}

const codes: Readonly<Record<string, number>> = {
  Forbidden: 403,
  Unauthorized: 401,
  RequestEntityTooLarge: 413,
};

function refusal(
  { policy, binding, message, reason = 'Invalid' }: Denial,
  { type, name }: Attributes,
): StatusError {
  const by = binding === undefined ? '' : ` with binding '${binding}'`;
  const text = `ValidatingAdmissionPolicy '${policy}'${by} denied request: ${message}`;
  const { status } = forbidden(type, name, text);
  return new StatusError({
    ...status,
    reason,
    code: codes[reason] ?? 422,
    details: { ...status.details, causes: [{ message: text }] },
  });
}
