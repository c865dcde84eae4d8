import {
  internalError,
  isDeepEqual,
  jsonPatch,
  mutatingWebhookConfigurations,
  parseJson,
  StatusError,
} from '@berth/api';
import type { KubeObject, MutatingWebhook } from '@berth/api';
import type { Admission, AdmissionReads, Attributes } from '../admission.ts';
import { callWebhook, WebhookFailure } from './call-webhook.ts';
import type { WebhookParts } from './call-webhook.ts';
import { meetsMatchConditions } from './match-conditions.ts';
import { matchWebhook } from './match-webhook.ts';
import type { Match } from './match-webhook.ts';
import { isExempt } from './rules.ts';

/**
 * Asks webhooks one after the other, each about what the one before has left. Whenever something changed the object
 * after a webhook had seen it, that webhook is asked once more if it wants to be.
 */
export function mutatingWebhooks(parts: WebhookParts): Admission {
  const self: Admission = {
    name: 'MutatingAdmissionWebhook',
    handles: ({ type }) => !isExempt(type) && parts.reads.serves(mutatingWebhookConfigurations),
    async mutate(object, attributes) {
      const round = roundOf(attributes, self, object);
      let current = object;
      for (const { key, webhook } of await configured(parts.reads)) {
        if (round.second && !round.again.has(key)) continue;
        const next = await askOne(webhook, { ...attributes, object: current }, parts);
        if (next === undefined) continue;
        if (next !== current) round.changed();
        if (webhook.reinvocationPolicy === 'IfNeeded') round.earlier.add(key);
        current = next;
      }
      round.leaves(current);
      return current;
    },
    async beforeDelete(attributes) {
      for (const { webhook } of await configured(parts.reads))
        await askOne(webhook, attributes, parts);
    },
  };
  return self;
}

interface Configured {
  readonly key: string;
  readonly webhook: MutatingWebhook;
}

async function configured(reads: AdmissionReads): Promise<readonly Configured[]> {
  const configurations = await reads.list(mutatingWebhookConfigurations);
  return configurations.flatMap(({ metadata, webhooks = [] }) =>
    webhooks.map((webhook, index) => ({
      key: `${metadata.uid}/${webhook.name}/${index}`,
      webhook,
    })),
  );
}

interface Memory {
  /** Webhooks that would look again, and have been asked. */
  readonly earlier: Set<string>;
  /** Those of them that something has changed behind. */
  readonly again: Set<string>;
  left?: KubeObject;
}

interface Round extends Memory {
  readonly second: boolean;
  changed(): void;
  leaves(object: KubeObject): void;
}

function roundOf({ rounds }: Attributes, self: Admission, object: KubeObject): Round {
  const known = rounds?.memory.get(self) as Memory | undefined;
  const memory: Memory = known ?? { earlier: new Set(), again: new Set() };
  rounds?.memory.set(self, memory);
  const { earlier, again } = memory;
  const askEarlier = () => {
    for (const key of earlier) again.add(key);
    earlier.clear();
  };
  // Other opinions have had their second round, too.
  if (memory.left && !isDeepEqual(memory.left, object)) askEarlier();
  return {
    earlier,
    again,
    second: rounds?.second ?? false,
    changed() {
      askEarlier();
      rounds?.ask();
    },
    leaves: (left) => void (memory.left = left),
  };
}

/** What a webhook makes of the object; undefined when it is not concerned. */
async function askOne(
  webhook: MutatingWebhook,
  attributes: Attributes,
  parts: WebhookParts,
): Promise<KubeObject | undefined> {
  const { object } = attributes;
  const match = await matchWebhook(webhook, attributes, parts.reads);
  if (!match || !(await meetsMatchConditions(webhook, match, parts.reads))) return undefined;
  try {
    const { patch } = await callWebhook(webhook, match, true, parts);
    return patch ? await patched(webhook.name, match, patch) : object;
  } catch (err) {
    if (!(err instanceof WebhookFailure)) throw err;
    if (webhook.failurePolicy !== 'Ignore') throw internalError(err.message, { cause: err });
    return object;
  }
}

async function patched(
  name: string,
  match: Match,
  patch: Uint8Array,
): Promise<KubeObject | undefined> {
  const operations = operationsOf(name, patch);
  const { attributes, object, as } = match;
  if (operations.length === 0) return attributes.object;
  if (!object)
    throw internalError(
      `admission webhook ${JSON.stringify(name)} attempted to modify the object, which is not supported for this operation`,
    );
  const values = apply(object, operations);
  if (as) return as.back(as.complete(values));
  return attributes.complete?.(values) ?? (values as unknown as KubeObject);
}

function operationsOf(name: string, patch: Uint8Array): readonly unknown[] {
  try {
    const { value } = parseJson(patch);
    if (Array.isArray(value)) return value;
    throw new Error('it is no list of operations');
  } catch (err) {
    const why = err instanceof Error ? err.message : String(err);
    throw new WebhookFailure(name, `received undecodable patch in webhook response: ${why}`);
  }
}

function apply(object: KubeObject, operations: readonly unknown[]) {
  try {
    return jsonPatch(object, operations) as Readonly<Record<string, unknown>>;
  } catch (err) {
    if (!(err instanceof StatusError)) throw err;
    const cause = err.status.details?.causes?.[0]?.message;
    throw internalError(cause ?? err.message, { cause: err });
  }
}
