import { badRequest } from '@berth/api';
import type { LabelSelector, MatchCondition, RuleWithOperations } from '@berth/api';
import type { AdmissionReads } from '../admission.ts';
import { denial } from './denial.ts';
import { replyProblem } from '../../webhook/reply-problem.ts';
import { readReview, writeReview } from './review.ts';
import type { Seen, Verdict } from './review.ts';
import type { WebhookCaller } from '../../webhook/webhook-caller.ts';
import { webhookTarget } from '../../webhook/webhook-target.ts';
import type { WebhookClientConfig } from '../../webhook/webhook-target.ts';

/** What mutating and validating webhooks have in common. */
export interface Webhook {
  readonly name: string;
  readonly clientConfig: WebhookClientConfig;
  readonly rules?: readonly RuleWithOperations[];
  readonly failurePolicy?: string;
  readonly matchConditions?: readonly MatchCondition[];
  readonly matchPolicy?: string;
  readonly namespaceSelector?: LabelSelector;
  readonly objectSelector?: LabelSelector;
  readonly sideEffects: string;
  readonly timeoutSeconds?: number;
}

export interface WebhookParts {
  readonly reads: AdmissionReads;
  readonly caller: WebhookCaller;
  readonly newUid: () => string;
  readonly random: () => number;
}

/** A webhook could not be asked, or gave no answer; its failurePolicy says what that means. */
export class WebhookFailure extends Error {
  constructor(webhook: string, why: string, options?: ErrorOptions) {
    super(`failed calling webhook ${JSON.stringify(webhook)}: ${why}`, options);
    this.name = 'WebhookFailure';
  }
}

const usualSeconds = 10;

/** Asks a webhook. Throws a StatusError when it says no, a WebhookFailure when it says nothing that can be understood. */
export async function callWebhook(
  webhook: Webhook,
  seen: Seen,
  mutating: boolean,
  parts: WebhookParts,
): Promise<Verdict> {
  const { name, sideEffects } = webhook;
  const { attributes } = seen;
  if (attributes.dryRun && sideEffects !== 'None' && sideEffects !== 'NoneOnDryRun')
    throw badRequest(`admission webhook ${JSON.stringify(name)} does not support dry run`);
  const verdict = await ask(webhook, seen, mutating, parts);
  verdict.warnings.forEach(attributes.warn);
  for (const [key, value] of Object.entries(verdict.auditAnnotations))
    attributes.annotate?.(`${name}/${key}`, value);
  if (!verdict.allowed) throw denial(name, verdict.result);
  return verdict;
}

async function ask(
  { name, clientConfig, timeoutSeconds = usualSeconds }: Webhook,
  seen: Seen,
  mutating: boolean,
  { reads, caller, newUid, random }: WebhookParts,
): Promise<Verdict> {
  const failed = (what: string) => (err: unknown) => {
    const why = err instanceof Error ? err.message : String(err);
    throw new WebhookFailure(name, `${what}: ${why}`, { cause: err });
  };
  const uid = newUid();
  const options = { timeoutMs: timeoutSeconds * 1000, signal: seen.attributes.lifetime?.signal };
  const target = await webhookTarget(clientConfig, reads, random).catch(
    failed('could not get REST client'),
  );
  const reply = await caller
    .post(target, writeReview(uid, seen), options)
    .catch(failed('failed to call webhook'));
  const problem = replyProblem(reply);
  if (problem !== undefined) throw new WebhookFailure(name, `failed to call webhook: ${problem}`);
  try {
    return readReview(reply.body, uid, mutating);
  } catch (err) {
    return failed('received invalid webhook response')(err);
  }
}
