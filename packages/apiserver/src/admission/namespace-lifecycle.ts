import { forbidden, namespaces, notFound, StatusError } from '@berth/api';
import type { Namespace } from '@berth/api';
import type { Admission, AdmissionReads, Attributes } from './admission.ts';
import { isOf } from './on.ts';

/** Clusters do not work without these. */
const immortal: readonly string[] = ['default', 'kube-system', 'kube-public'];

/** Nothing is written into a namespace that does not exist, nothing is created in one that is being deleted. */
export const namespaceLifecycle = (reads: AdmissionReads): Admission => ({
  name: 'NamespaceLifecycle',
  handles: ({ type, operation }) =>
    isOf(type, namespaces) ? operation === 'DELETE' : type.namespaced && operation !== 'DELETE',
  async mutate(object, attributes) {
    refuseTerminating(attributes, await namespaceOf(reads, attributes));
    return object;
  },
  validate({ operation, type, name }) {
    if (operation === 'DELETE' && immortal.includes(name))
      throw forbidden(type, name, 'this namespace may not be deleted');
  },
});

/** A namespace made a moment ago may not have reached our memory yet. */
async function namespaceOf(
  reads: AdmissionReads,
  { namespace: name }: Attributes,
): Promise<Namespace> {
  const found =
    (await reads.get(namespaces, { name })) ?? (await reads.getFresh(namespaces, { name }));
  if (!found) throw notFound(namespaces, name);
  return found;
}

function refuseTerminating(
  { operation, type, namespace, name }: Attributes,
  { status, metadata }: Namespace,
): void {
  const terminating = status?.phase === 'Terminating' || metadata.deletionTimestamp !== undefined;
  if (operation !== 'CREATE' || !terminating) return;
  const refusal = forbidden(
    type,
    name,
    `unable to create new content in namespace ${namespace} because it is being terminated`,
  );
  const cause = {
    reason: 'NamespaceTerminating',
    message: `namespace ${namespace} is being terminated`,
    field: 'metadata.namespace',
  };
  throw new StatusError({
    ...refusal.status,
    details: { ...refusal.status.details, causes: [cause] },
  });
}
