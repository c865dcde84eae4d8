import type { AdmissionReads, Attributes, Equivalent } from '../admission.ts';
import type { Webhook } from './call-webhook.ts';
import type { Seen } from './review.ts';
import { matchesRule } from './rules.ts';
import { selectsNamespace, selectsObject } from './selects.ts';

/** A write as a webhook wants to see it. */
export interface Match extends Seen {
  /** The version in which the webhook sees the object, when that is not the one of the request. */
  readonly as?: Equivalent;
}

/** What a webhook, or whoever else is asked about writes, wants to see. */
type Wanted = Pick<Webhook, 'rules' | 'matchPolicy' | 'namespaceSelector' | 'objectSelector'>;

/** How a webhook sees a write; undefined when it has nothing to do with it. */
export async function matchWebhook(
  webhook: Wanted,
  attributes: Attributes,
  reads: AdmissionReads,
): Promise<Match | undefined> {
  if (!selectsObject(webhook.objectSelector, attributes)) return undefined;
  const match = matchRules(webhook, attributes, reads);
  if (!match) return undefined;
  return (await selectsNamespace(webhook.namespaceSelector, attributes, reads)) ? match : undefined;
}

/** Objects that have several names are meant by any of them, unless the webhook says that it means only the one. */
function matchRules(
  { rules = [], matchPolicy = 'Equivalent' }: Wanted,
  attributes: Attributes,
  reads: Pick<AdmissionReads, 'equivalents'>,
): Match | undefined {
  const { type, object, old, subresource } = attributes;
  const isNamed = (as: Attributes['type']) =>
    rules.some((rule) => matchesRule(rule, { ...attributes, type: as }));
  if (isNamed(type)) return { attributes, type, object, old };
  if (matchPolicy !== 'Equivalent') return undefined;
  const as = reads.equivalents(type).find((one) => isNamed(one.type));
  if (!as) return undefined;
  // What doors take (a Scale, a Binding) is the same in all versions.
  if (subresource !== '' && subresource !== 'status')
    return { attributes, type: as.type, object, old };
  return {
    attributes,
    as,
    type: as.type,
    object: object && as.to(object),
    old: old && as.to(old),
  };
}
