import { matchesLabels, namespaces, notFound, toSelector } from '@berth/api';
import type { KubeObject, LabelSelector, Namespace } from '@berth/api';
import type { AdmissionReads, Attributes } from '../admission.ts';
import { isOf } from '../on.ts';

/** Whether a write happens in a namespace that the selector takes; what lies in no namespace is always taken. */
export async function selectsNamespace(
  selector: LabelSelector | undefined,
  attributes: Attributes,
  reads: Pick<AdmissionReads, 'get' | 'getFresh'>,
): Promise<boolean> {
  const parsed = toSelector(selector ?? {}) ?? [];
  if (parsed.length === 0) return true;
  const { type, namespace, object, operation } = attributes;
  const isNamespace = isOf(type, namespaces);
  if (!isNamespace && namespace === '') return true;
  // A namespace is judged by what it is about to be.
  if (isNamespace && object && (operation === 'CREATE' || operation === 'UPDATE'))
    return matchesLabels(parsed, labelsOf(object));
  const found = await namespaceNamed(isNamespace ? attributes.name : namespace, reads);
  return matchesLabels(parsed, labelsOf(found));
}

async function namespaceNamed(
  name: string,
  reads: Pick<AdmissionReads, 'get' | 'getFresh'>,
): Promise<Namespace> {
  const found =
    (await reads.get(namespaces, { name })) ?? (await reads.getFresh(namespaces, { name }));
  if (!found) throw notFound(namespaces, name);
  return found;
}

/** Whether the object, as it was or as it will be, is one that the selector takes. */
export function selectsObject(
  selector: LabelSelector | undefined,
  { object, old }: Pick<Attributes, 'object' | 'old'>,
): boolean {
  const parsed = toSelector(selector ?? {}) ?? [];
  if (parsed.length === 0) return true;
  return [object, old].some(
    (one) => one !== undefined && hasMetadata(one) && matchesLabels(parsed, labelsOf(one)),
  );
}

/** Options of a CONNECT have none. */
const hasMetadata = (object: Partial<KubeObject>) => object.metadata !== undefined;

const labelsOf = ({ metadata }: KubeObject) => metadata.labels ?? {};
