import { namespaces } from '@berth/api';
import type { Namespace } from '@berth/api';
import type { AdmissionReads, Attributes } from '../admission.ts';
import { isOf } from '../on.ts';
import type { Match } from '../webhooks/match-webhook.ts';
import { requestOf } from '../webhooks/review.ts';
import type { Values } from './expressions.ts';

/** What expressions are told of a write. */
export async function requestValues(match: Match, reads: AdmissionReads): Promise<Values> {
  const { object: _object, oldObject: _old, ...request } = requestOf('', match);
  return {
    object: match.object ?? null,
    oldObject: match.old ?? null,
    request,
    namespaceObject: (await namespaceOf(match.attributes, reads)) ?? null,
  };
}

async function namespaceOf(
  { type, namespace }: Attributes,
  reads: AdmissionReads,
): Promise<object | undefined> {
  if (namespace === '' || isOf(type, namespaces)) return undefined;
  const ref = { name: namespace };
  const found: Namespace | undefined =
    (await reads.get(namespaces, ref)) ?? (await reads.getFresh(namespaces, ref));
  if (!found) return undefined;
  const { managedFields: _, ownerReferences: _owners, ...metadata } = found.metadata;
  return { metadata, spec: found.spec, status: found.status };
}
