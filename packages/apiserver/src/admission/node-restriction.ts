import { forbidden, isDeepEqual, leases, nodes, notFound, pods, serviceAccounts } from '@berth/api';
import type { AuthenticationV1TokenRequest, KubeObject, Node, Pod } from '@berth/api';
import { nodeNameOf } from '../users.ts';
import type { Admission, AdmissionReads, Attributes } from './admission.ts';
import { isMirrorPod } from './mirror-pod.ts';
import { forbiddenLabels } from './node-labels.ts';
import { isOf } from './on.ts';

/** A node writes only what is about itself: its Node and Lease, and the pods that it runs. */
export const nodeRestriction = (reads: AdmissionReads): Admission => ({
  name: 'NodeRestriction',
  handles: ({ type }) => restricted.some((one) => isOf(one, type)),
  async validate(attributes) {
    const node = nodeNameOf(attributes.user);
    if (node === undefined) return;
    const why = await refusal(reads, node, attributes);
    if (why !== undefined) throw forbidden(attributes.type, attributes.name, why);
  },
});

const restricted = [pods, nodes, leases, serviceAccounts];

type Refusal = string | undefined;

async function refusal(
  reads: AdmissionReads,
  node: string,
  attributes: Attributes,
): Promise<Refusal> {
  const { type, subresource } = attributes;
  if (isOf(type, nodes)) return refuseNode(node, attributes);
  if (isOf(type, leases)) return refuseLease(node, attributes);
  if (isOf(type, serviceAccounts))
    return subresource === 'token' ? refuseToken(reads, node, attributes) : undefined;
  switch (subresource) {
    case '':
      return refusePod(node, attributes);
    case 'status':
      return refusePodStatus(node, attributes);
    case 'eviction':
      return refuseEviction(reads, node, attributes);
    default:
      return `unexpected pod subresource ${quote(subresource)}, only 'status' and 'eviction' are allowed`;
  }
}

const quote = (text: string) => JSON.stringify(text);

function refuseNode(node: string, { operation, name, object, old }: Attributes): Refusal {
  if (name !== node) return `node ${quote(node)} is not allowed to modify node ${quote(name)}`;
  if (operation === 'CREATE') {
    const labels = forbiddenLabels({}, object?.metadata.labels ?? {});
    return labels.length > 0
      ? `node ${quote(node)} is not allowed to set the following labels: ${labels.join(', ')}`
      : undefined;
  }
  if (operation !== 'UPDATE' || !object || !old) return undefined;
  if (!isDeepEqual(taintsOf(object), taintsOf(old)))
    return `node ${quote(node)} is not allowed to modify taints`;
  if (!isDeepEqual(object.metadata.ownerReferences, old.metadata.ownerReferences))
    return `node ${quote(node)} is not allowed to modify ownerReferences`;
  const labels = forbiddenLabels(old.metadata.labels ?? {}, object.metadata.labels ?? {});
  return labels.length > 0
    ? `node ${quote(node)} is not allowed to modify labels: ${labels.join(', ')}`
    : undefined;
}

const taintsOf = (node: KubeObject) => (node as Partial<Node>).spec?.taints;

const leaseNamespace = 'kube-node-lease';

function refuseLease(node: string, { namespace, name }: Attributes): Refusal {
  if (namespace !== leaseNamespace)
    return `can only access leases in the ${quote(leaseNamespace)} system namespace`;
  return name === node
    ? undefined
    : 'can only access node lease with the same name as the requesting node';
}

async function refuseToken(
  reads: AdmissionReads,
  node: string,
  { object, namespace }: Attributes,
): Promise<Refusal> {
  const { spec } = object as KubeObject & AuthenticationV1TokenRequest;
  const { apiVersion, kind, name, uid } = spec.boundObjectRef ?? {};
  if (apiVersion !== 'v1' || kind !== 'Pod' || !name)
    return 'node requested token not bound to a pod';
  if (!uid) return 'node requested token with a pod binding without a uid';
  const pod = await reads.getFresh(pods, { namespace, name });
  if (!pod) throw notFound(pods, name);
  if (pod.metadata.uid !== uid)
    return `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`;
  return pod.spec.nodeName === node
    ? undefined
    : 'node requested token bound to a pod scheduled on a different node';
}

function refusePod(node: string, { operation, object, old }: Attributes): Refusal {
  switch (operation) {
    case 'CREATE':
      return refuseMirror(node, object as Pod);
    case 'DELETE':
      return (old as Pod).spec.nodeName === node
        ? undefined
        : `node ${quote(node)} can only delete pods with spec.nodeName set to itself`;
    default:
      return `unexpected operation ${quote(operation)}, node ${quote(node)} can only create and delete mirror pods`;
  }
}

function refuseMirror(node: string, pod: Pod): Refusal {
  if (!isMirrorPod(pod))
    return `pod does not have "kubernetes.io/config.mirror" annotation, node ${quote(node)} can only create mirror pods`;
  const { nodeName, serviceAccountName, volumes = [] } = pod.spec;
  if (nodeName !== node)
    return `node ${quote(node)} can only create pods with spec.nodeName set to itself`;
  if (!isOwnedBy(pod, node))
    return `node ${quote(node)} can only create pods with an owner reference set to itself`;
  const refused = (what: string) =>
    `node ${quote(node)} can not create pods that reference ${what}`;
  if (serviceAccountName) return refused('a service account');
  for (const { secret, configMap, persistentVolumeClaim, projected } of volumes) {
    if (secret) return refused('secrets');
    if (configMap) return refused('configmaps');
    if (persistentVolumeClaim) return refused('persistentvolumeclaims');
    if (projected?.sources?.some((one) => one.secret ?? one.configMap ?? one.serviceAccountToken))
      return refused('secrets, configmaps or tokens');
  }
  return undefined;
}

function isOwnedBy({ metadata: { ownerReferences = [] } }: Pod, node: string): boolean {
  const [owner, ...others] = ownerReferences;
  return (
    owner !== undefined &&
    others.length === 0 &&
    owner.apiVersion === 'v1' &&
    owner.kind === 'Node' &&
    owner.name === node &&
    owner.controller === true
  );
}

function refusePodStatus(node: string, { operation, object, old }: Attributes): Refusal {
  if (operation !== 'UPDATE' || !object || !old) return `unexpected operation ${quote(operation)}`;
  if ((old as Pod).spec.nodeName !== node)
    return `node ${quote(node)} can only update pod status for pods with spec.nodeName set to itself`;
  return isDeepEqual(object.metadata.labels, old.metadata.labels)
    ? undefined
    : `node ${quote(node)} cannot update labels through pod status`;
}

async function refuseEviction(
  reads: AdmissionReads,
  node: string,
  { namespace, name }: Attributes,
): Promise<Refusal> {
  const pod = await reads.getFresh(pods, { namespace, name });
  if (!pod) throw notFound(pods, name);
  return pod.spec.nodeName === node
    ? undefined
    : `node ${quote(node)} can only evict pods with spec.nodeName set to itself`;
}
