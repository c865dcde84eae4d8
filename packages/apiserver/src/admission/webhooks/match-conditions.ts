import { forbidden } from '@berth/api';
import type { MatchCondition } from '@berth/api';
import type { AdmissionReads } from '../admission.ts';
import { meetsConditions } from '../policies/judge.ts';
import { requestValues } from '../policies/request-values.ts';
import { compileConditions } from '../policies/validating-policy.ts';
import type { Webhook } from './call-webhook.ts';
import type { Match } from './match-webhook.ts';

type Compiled = ReturnType<typeof compileConditions>;

/** Configurations are shared as they are stored: compiled once for as long as they stay the same. */
const known = new WeakMap<readonly MatchCondition[], Compiled>();

function compiled(conditions: readonly MatchCondition[]): Compiled {
  const found = known.get(conditions) ?? compileConditions(conditions);
  known.set(conditions, found);
  return found;
}

/** Whether a webhook's conditions let a write through to it. Refuses the write when that cannot be told, if it must. */
export async function meetsMatchConditions(
  { matchConditions = [], failurePolicy }: Webhook,
  match: Match,
  reads: AdmissionReads,
): Promise<boolean> {
  if (matchConditions.length === 0) return true;
  const met = meetsConditions(compiled(matchConditions), await requestValues(match, reads));
  if (typeof met === 'boolean') return met;
  if (failurePolicy === 'Ignore') return false;
  const { type, name } = match.attributes;
  throw forbidden(type, name, met);
}
