import { forbidden, invalid, namespaces, notFound, pods } from '@berth/api';
import type { KubeObject, Namespace, Pod, PodTemplateSpec, ResourceType } from '@berth/api';
import type { Admission, AdmissionReads, Attributes } from '../admission.ts';
import { isOf } from '../on.ts';
import { detailsOf, violationsOf } from './checks.ts';
import { isSignificantUpdate } from './is-significant-update.ts';
import { presentPodWarnings } from './present-pod-warnings.ts';
import { formatLevel, isSame, isStricter, parsePolicy } from './policy.ts';
import type { Policy } from './policy.ts';
import type { PodLike } from './visit.ts';

/** Whom the policies of namespaces do not concern. */
interface Exemptions {
  readonly usernames: readonly string[];
  readonly namespaces: readonly string[];
  readonly runtimeClasses: readonly string[];
}

const prefix = 'pod-security.kubernetes.io/';

const nobody: Exemptions = { usernames: [], namespaces: [], runtimeClasses: [] };

/**
 * Holds pods to the Pod Security Standards as the labels of their namespace say: `enforce` refuses pods, `warn` tells
 * whoever writes a pod or something that makes pods.
 */
export const podSecurity = (reads: AdmissionReads, exempt = nobody): Admission => ({
  name: 'PodSecurity',
  handles: ({ type, operation, subresource }) =>
    (operation === 'CREATE' || operation === 'UPDATE') &&
    (subresource === '' || (isOf(type, pods) && subresource === 'ephemeralcontainers')) &&
    (isOf(type, namespaces) || isOf(type, pods) || hasTemplate(type)),
  async validate(attributes) {
    if (isOf(attributes.type, namespaces)) return judgeNamespace(attributes, reads, exempt);
    const { namespace, user } = attributes;
    if (exempt.namespaces.includes(namespace) || exempt.usernames.includes(user.name)) return;
    judgePod(attributes, await policyOf(reads, namespace), exempt);
  },
});

const withTemplates = new Set([
  '/podtemplates',
  '/replicationcontrollers',
  'apps/daemonsets',
  'apps/deployments',
  'apps/replicasets',
  'apps/statefulsets',
  'batch/cronjobs',
  'batch/jobs',
]);

const hasTemplate = ({ group, resource }: ResourceType) =>
  withTemplates.has(`${group}/${resource}`);

async function policyOf(reads: AdmissionReads, name: string): Promise<Policy> {
  const namespace =
    (await reads.get(namespaces, { name })) ?? (await reads.getFresh(namespaces, { name }));
  if (!namespace) throw notFound(namespaces, name);
  return parsePolicy(namespace.metadata.labels ?? {}).policy;
}

function judgePod(attributes: Attributes, policy: Policy, exempt: Exemptions): void {
  const { type, name, object, old, warn, annotate } = attributes;
  const isPod = isOf(type, pods);
  const { enforce, audit: recorded, warn: warned } = policy;
  const quiet = [recorded, warned].every(({ level }) => level === 'privileged');
  if (isPod) annotate?.(`${prefix}enforce-policy`, formatLevel(enforce));
  if ((!isPod || enforce.level === 'privileged') && quiet) return;
  if (isPod && old && !isSignificantUpdate(object as Pod, old as Pod)) return;
  const pod = isPod ? (object as Pod) : templateOf(object);
  if (!pod || exempt.runtimeClasses.includes(pod.spec.runtimeClassName ?? '')) return;
  const violations = isPod ? violationsOf(enforce, pod) : [];
  if (violations.length > 0)
    throw forbidden(
      type,
      name,
      `violates PodSecurity ${JSON.stringify(formatLevel(enforce))}: ${detailsOf(violations)}`,
    );
  const noted = violationsOf(recorded, pod);
  if (noted.length > 0)
    annotate?.(
      `${prefix}audit-violations`,
      `would violate PodSecurity ${JSON.stringify(formatLevel(recorded))}: ${detailsOf(noted)}`,
    );
  const told = violationsOf(warned, pod);
  if (told.length > 0)
    warn(`would violate PodSecurity ${JSON.stringify(formatLevel(warned))}: ${detailsOf(told)}`);
}

interface WithTemplate {
  readonly template?: PodTemplateSpec;
  readonly spec?: {
    readonly template?: PodTemplateSpec;
    readonly jobTemplate?: { readonly spec?: { readonly template?: PodTemplateSpec } };
  };
}

function templateOf(object: KubeObject | undefined): PodLike | undefined {
  const { template, spec } = (object ?? {}) as WithTemplate;
  const found = template ?? spec?.template ?? spec?.jobTemplate?.spec?.template;
  return found?.spec && { metadata: found.metadata ?? {}, spec: found.spec };
}

/** New labels must be right, and whoever makes them stricter is told which pods they would not let in. */
async function judgeNamespace(
  { type, name, object, old, operation, warn }: Attributes,
  reads: AdmissionReads,
  exempt: Exemptions,
): Promise<void> {
  const { policy, problems } = parsePolicy((object as Namespace).metadata.labels ?? {});
  const before = parsePolicy(old?.metadata.labels ?? {});
  const isKnown = operation === 'UPDATE' && isSameText(problems, before.problems);
  if (problems.length > 0 && !isKnown) throw invalid(type, name, problems);
  if (operation !== 'UPDATE' || exempt.namespaces.includes(name)) return;
  const { enforce } = policy;
  const { enforce: was } = before.policy;
  if (isSame(enforce, was) || enforce.level === 'privileged') return;
  if (enforce.minor === was.minor && !isStricter(enforce.level, was.level)) return;
  const present = (await reads.list(pods, name)).filter(
    ({ spec }) => !exempt.runtimeClasses.includes(spec.runtimeClassName ?? ''),
  );
  presentPodWarnings(name, enforce, present).forEach(warn);
}

const isSameText = (a: readonly unknown[], b: readonly unknown[]) =>
  JSON.stringify(a) === JSON.stringify(b);
