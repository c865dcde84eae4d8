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
  const named = meantBy(webhook, attributes, reads);
  if (!named) return undefined;
  if (!(await selectsNamespace(webhook.namespaceSelector, attributes, reads))) return undefined;
  return seenAs(attributes, named.as);
}

/** Objects that have several names are meant by any of them, unless the webhook says that it means only the one. */
function meantBy(
  { rules = [], matchPolicy = 'Equivalent' }: Wanted,
  attributes: Attributes,
  reads: Pick<AdmissionReads, 'equivalents'>,
): Pick<Match, 'as'> | undefined {
  const isNamed = (as: Attributes['type']) =>
    rules.some((rule) => matchesRule(rule, { ...attributes, type: as }));
  if (isNamed(attributes.type)) return {};
  if (matchPolicy !== 'Equivalent') return undefined;
  const as = reads.equivalents(attributes.type).find((one) => isNamed(one.type));
  return as && { as };
}

async function seenAs(attributes: Attributes, as: Equivalent | undefined): Promise<Match> {
  const { type, object, old, subresource } = attributes;
  if (!as) return { attributes, type, object, old };
  // What doors take (a Scale, a Binding) is the same in all versions.
  if (subresource !== '' && subresource !== 'status')
    return { attributes, type: as.type, object, old };
  return {
    attributes,
    as,
    type: as.type,
    object: object && (await as.to(object)),
    old: old && (await as.to(old)),
  };
}
