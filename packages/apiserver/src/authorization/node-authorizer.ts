import type { PersistentVolume, Pod, PolicyRule } from '@berth/api';
import { nodeNameOf } from '../users.ts';
import type { Attributes } from './attributes.ts';
import type { Decision, Opinion } from './authorizer.ts';
import { referencesOf } from './pod-references.ts';
import type { Referable } from './pod-references.ts';
import { ruleAllows } from './rbac.ts';
import { secretsOf } from './volumes-by-claim.ts';
import type { VolumeOfClaim } from './volumes-by-claim.ts';

/** The pods bound to a node, as last seen. */
export type PodsOnNode = (node: string) => readonly Pod[];

const allowed: Decision = { allowed: true, reason: '' };
const refused = (reason: string): Decision => ({ allowed: false, reason });

/** What is known of pods and the volumes that they use. */
export interface Relations {
  readonly podsOn: PodsOnNode;
  readonly volumeOf: VolumeOfClaim;
}

/** Lets a node read what its own pods refer to, and write about itself; upstream's Node authorizer. */
export const nodeAuthorizer =
  (relations: Relations): Opinion =>
  (attributes) => {
    const node = nodeNameOf(attributes.user);
    if (node === undefined) return undefined;
    if (!attributes.isResource) return undefined;
    return judge(attributes, node, relations);
  };

function judge(
  attributes: Attributes,
  node: string,
  { podsOn, volumeOf }: Relations,
): Decision | undefined {
  const volumes = () => podsOn(node).flatMap((pod) => volumesOf(pod, volumeOf));
  switch (`${attributes.group}/${attributes.resource}`) {
    case '/secrets':
      return readReferred(attributes, node, podsOn, ({ namespace, name }) =>
        volumes()
          .flatMap(secretsOf)
          .some((secret) => secret.namespace === namespace && secret.name === name),
      );
    case '/configmaps':
      return readReferred(attributes, node, podsOn);
    case '/persistentvolumeclaims':
      return attributes.subresource === 'status'
        ? byRules(attributes)
        : readReferred(attributes, node, podsOn);
    case '/persistentvolumes':
      return getVolume(attributes, node, volumes);
    case '/serviceaccounts':
      return serviceAccount(attributes, node, podsOn);
    case '/pods':
      return pod(attributes, node, podsOn);
    case '/nodes':
      return ownNode(attributes, node);
    case 'coordination.k8s.io/leases':
      return ownLease(attributes, node);
    case 'storage.k8s.io/csinodes':
      return ownNamed(attributes, node, writeVerbs);
    default:
      return byRules(attributes);
  }
}

const readVerbs = ['get', 'list', 'watch'];
const writeVerbs = ['get', 'create', 'update', 'patch', 'delete'];

const noRelation = (node: string) =>
  refused(`no relationship found between node '${node}' and this object`);

/** `orElse` knows of relations that go by way of other objects. */
function readReferred(
  attributes: Attributes,
  node: string,
  podsOn: PodsOnNode,
  orElse: (attributes: Attributes) => boolean = () => false,
): Decision {
  const { verb, subresource, namespace, name, resource } = attributes;
  if (!readVerbs.includes(verb) || subresource) {
    return refused(`can only read resources of this type`);
  }
  if (!name) return refused(`No Object name found`);
  return refersTo(podsOn(node), namespace, resource as Referable, name) || orElse(attributes)
    ? allowed
    : noRelation(node);
}

/** The volumes behind the claims of a pod. */
const volumesOf = (pod: Pod, volumeOf: VolumeOfClaim): readonly PersistentVolume[] =>
  [...referencesOf(pod, 'persistentvolumeclaims')].flatMap(
    (claim) => volumeOf(pod.metadata.namespace ?? '', claim) ?? [],
  );

function getVolume(
  { verb, subresource, name }: Attributes,
  node: string,
  volumes: () => readonly PersistentVolume[],
): Decision {
  if (verb !== 'get') return refused(`can only get individual resources of this type`);
  if (subresource) return refused(`cannot get subresource`);
  if (!name) return refused(`No Object name found`);
  return volumes().some(({ metadata }) => metadata.name === name) ? allowed : noRelation(node);
}

const refersTo = (pods: readonly Pod[], namespace: string, kind: Referable, name: string) =>
  pods.some((pod) => pod.metadata.namespace === namespace && referencesOf(pod, kind).has(name));

function serviceAccount(
  { verb, subresource, namespace, name }: Attributes,
  node: string,
  podsOn: PodsOnNode,
): Decision {
  const issues = verb === 'create' && subresource === 'token';
  const reads = verb === 'get' && subresource === '';
  if (!issues && !reads) return refused(`can only get service accounts and create tokens`);
  return refersTo(podsOn(node), namespace, 'serviceaccounts', name) ? allowed : noRelation(node);
}

function pod(attributes: Attributes, node: string, podsOn: PodsOnNode): Decision | undefined {
  const { verb, subresource, namespace, name, fieldSelector = '' } = attributes;
  if (subresource || !readVerbs.includes(verb)) return byRules(attributes);
  if (name) {
    const own = podsOn(node).some(
      ({ metadata }) => metadata.name === name && metadata.namespace === namespace,
    );
    return own ? allowed : noRelation(node);
  }
  const narrowed = new RegExp(`(^|,)spec\\.nodeName==?${escapeRegExp(node)}(,|$)`);
  return narrowed.test(fieldSelector)
    ? allowed
    : refused(`can only list/watch pods with spec.nodeName field selector`);
}

function ownNode(attributes: Attributes, node: string): Decision | undefined {
  const { verb, name } = attributes;
  if (!readVerbs.includes(verb)) return byRules(attributes);
  return name === node
    ? allowed
    : refused(`node '${node}' cannot read '${name}', only its own Node object`);
}

const leaseNamespace = 'kube-node-lease';

function ownLease(attributes: Attributes, node: string): Decision {
  return attributes.namespace === leaseNamespace
    ? ownNamed(attributes, node, writeVerbs)
    : refused(`can only access leases in the "${leaseNamespace}" system namespace`);
}

/** A create carries its name in the body, where NodeRestriction looks at it. */
function ownNamed({ verb, name }: Attributes, node: string, verbs: readonly string[]): Decision {
  if (!verbs.includes(verb)) return refused(`can only get, create, update, patch, or delete`);
  return name === node || verb === 'create'
    ? allowed
    : refused(`can only access an object with the same name as the requesting node`);
}

const byRules = (attributes: Attributes): Decision | undefined =>
  nodeRules.some((rule) => ruleAllows(rule, attributes)) ? allowed : undefined;

const rule = (apiGroups: string, resources: string, verbs: string): PolicyRule => ({
  apiGroups: [apiGroups],
  resources: resources.split(' '),
  verbs: verbs.split(' '),
});

/** What every node may do whoever it is; NodeRestriction admission narrows the writes to itself and its pods. */
export const nodeRules: readonly PolicyRule[] = [
  rule('authentication.k8s.io', 'tokenreviews', 'create'),
  rule('authorization.k8s.io', 'subjectaccessreviews localsubjectaccessreviews', 'create'),
  rule('', 'services', 'get list watch'),
  rule('discovery.k8s.io', 'endpointslices', 'get list watch'),
  rule('', 'nodes', 'create get list watch update patch'),
  rule('', 'nodes/status', 'update patch'),
  rule('', 'events', 'create update patch'),
  rule('events.k8s.io', 'events', 'create update patch'),
  rule('', 'pods', 'get list watch create delete'),
  rule('', 'pods/status', 'update patch'),
  rule('', 'pods/eviction', 'create'),
  rule('', 'configmaps secrets', 'get list watch'),
  rule('', 'persistentvolumeclaims persistentvolumes', 'get'),
  rule('', 'persistentvolumeclaims/status', 'get update patch'),
  rule('', 'endpoints', 'get'),
  rule('certificates.k8s.io', 'certificatesigningrequests', 'create get list watch'),
  rule('coordination.k8s.io', 'leases', 'create delete get patch update'),
  rule('', 'serviceaccounts', 'get'),
  rule('', 'serviceaccounts/token', 'create'),
  rule('storage.k8s.io', 'volumeattachments', 'get'),
  rule('storage.k8s.io', 'csidrivers', 'get list watch'),
  rule('storage.k8s.io', 'csinodes', 'create delete get patch update'),
  rule('node.k8s.io', 'runtimeclasses', 'get list watch'),
];

const escapeRegExp = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
