import {
  forbidden,
  mutatingAdmissionPolicies,
  mutatingAdmissionPolicyBindings,
  StatusError,
} from '@berth/api';
import type { KubeObject, MutatingAdmissionPolicyBinding } from '@berth/api';
import { createMeter, objectLimit } from '../../cel/meter.ts';
import type { Admission, AdmissionReads, Attributes } from '../admission.ts';
import { isExempt } from '../webhooks/rules.ts';
import { applyMutation } from './apply-mutation.ts';
import { createCompiled } from './compiled.ts';
import { bindVariables } from './expressions.ts';
import { meetsConditions } from './judge.ts';
import { matchResources } from './match-resources.ts';
import { compileMutating } from './mutating-policy.ts';
import type { CompiledMutating } from './mutating-policy.ts';
import { collectParams } from './params.ts';
import { requestValues } from './request-values.ts';

/** Lets the policies that are bound to a write change the object, each what the one before has left. */
export function mutatingPolicies(reads: AdmissionReads): Admission {
  const compiled = createCompiled(compileMutating);
  const self: Admission = {
    name: 'MutatingAdmissionPolicy',
    handles: ({ type }) => !isExempt(type) && reads.serves(mutatingAdmissionPolicies),
    async mutate(object, attributes) {
      const policies = await reads.list(mutatingAdmissionPolicies);
      if (policies.length === 0) return object;
      const bindings = await reads.list(mutatingAdmissionPolicyBindings);
      let current = object;
      for (const policy of compiled(policies))
        for (const binding of bindings)
          if (binding.spec.policyName === policy.source.metadata.name)
            current = await change({ policy, binding, reads }, { ...attributes, object: current });
      if (current !== object && policies.some(isReinvoked)) attributes.rounds?.ask();
      return current;
    },
  };
  return self;
}

const isReinvoked = ({ spec }: CompiledMutating['source']) =>
  spec.reinvocationPolicy === 'IfNeeded';

interface Bound {
  readonly policy: CompiledMutating;
  readonly binding: MutatingAdmissionPolicyBinding;
  readonly reads: AdmissionReads;
}

type Written = Attributes & { readonly object: KubeObject };

async function change(bound: Bound, attributes: Written): Promise<KubeObject> {
  const { policy, binding, reads } = bound;
  const { spec } = policy.source;
  if (attributes.rounds?.second && !isReinvoked(policy.source)) return attributes.object;
  if (!(await matchResources(spec.matchConstraints, attributes, reads))) return attributes.object;
  if (!(await matchResources(binding.spec.matchResources, attributes, reads)))
    return attributes.object;
  try {
    const { paramRef } = binding.spec;
    const params = await collectParams(spec.paramKind, paramRef, attributes.namespace, reads);
    let current = attributes.object;
    for (const one of params)
      current = await mutateOnce(policy, { ...attributes, object: current }, one, reads);
    return current;
  } catch (err) {
    if (spec.failurePolicy === 'Ignore') return attributes.object;
    throw refusal(bound, attributes, err);
  }
}

async function mutateOnce(
  { conditions, variables, mutations }: CompiledMutating,
  attributes: Written,
  params: KubeObject | null,
  reads: AdmissionReads,
): Promise<KubeObject> {
  const meter = createMeter(objectLimit);
  let current = attributes.object;
  const valuesOf = async (object: KubeObject) => ({
    ...(await requestValues(
      { attributes, type: attributes.type, object, old: attributes.old },
      reads,
    )),
    params,
  });
  const met = meetsConditions(conditions, await valuesOf(current));
  if (typeof met === 'string') throw new Error(met);
  if (!met) return current;
  for (const mutation of mutations) {
    const scope = bindVariables(variables, await valuesOf(current), meter);
    current = applyMutation(mutation, { attributes, object: current }, scope, meter);
  }
  return current;
}

function refusal(
  { policy, binding }: Bound,
  { type, name }: Attributes,
  err: unknown,
): StatusError {
  const why = err instanceof Error ? err.message : String(err);
  const by = `policy '${policy.source.metadata.name}' with binding '${binding.metadata.name}'`;
  const { status } = forbidden(type, name, `${by} denied request: ${why}`);
  return new StatusError({ ...status, reason: 'Invalid', code: 422 });
}
