import { internalError, validatingWebhookConfigurations } from '@berth/api';
import type { ValidatingWebhookConfiguration } from '@berth/api';
import type { Admission, Attributes } from '../admission.ts';
import { callWebhook, WebhookFailure } from './call-webhook.ts';
import type { Webhook, WebhookParts } from './call-webhook.ts';
import { meetsMatchConditions } from './match-conditions.ts';
import { matchWebhook } from './match-webhook.ts';
import type { Match } from './match-webhook.ts';
import { isExempt } from './rules.ts';

/** Asks all webhooks that a write concerns at the same time; of several refusals the first one configured counts. */
export const validatingWebhooks = (parts: WebhookParts): Admission => ({
  name: 'ValidatingAdmissionWebhook',
  handles: ({ type }) => !isExempt(type) && parts.reads.serves(validatingWebhookConfigurations),
  async validate(attributes) {
    const configurations = await parts.reads.list(validatingWebhookConfigurations);
    const concerned = await matching(configurations, attributes, parts);
    const answers = await Promise.allSettled(
      concerned.map(({ webhook, match }) => judge(webhook, match, parts)),
    );
    for (const answer of answers) if (answer.status === 'rejected') throw answer.reason;
  },
});

interface Concerned {
  readonly webhook: Webhook;
  readonly match: Match;
}

async function matching(
  configurations: readonly ValidatingWebhookConfiguration[],
  attributes: Attributes,
  { reads }: WebhookParts,
): Promise<readonly Concerned[]> {
  const concerned: Concerned[] = [];
  for (const { webhooks = [] } of configurations)
    for (const webhook of webhooks) {
      const match = await matchWebhook(webhook, attributes, reads);
      if (match && (await meetsMatchConditions(webhook, match, reads)))
        concerned.push({ webhook, match });
    }
  return concerned;
}

async function judge(webhook: Webhook, match: Match, parts: WebhookParts): Promise<void> {
  try {
    await callWebhook(webhook, match, false, parts);
  } catch (err) {
    if (!(err instanceof WebhookFailure)) throw err;
    if (webhook.failurePolicy !== 'Ignore') throw internalError(err.message, { cause: err });
  }
}
