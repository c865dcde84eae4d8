import { namespaces } from '@berth/api';
import type { ResourceType, RuleWithOperations } from '@berth/api';
import type { Attributes } from '../admission.ts';
import { isOf } from '../on.ts';

type What = Pick<Attributes, 'operation' | 'type' | 'subresource' | 'namespace'>;

/** Whether a rule of a webhook is about a write. */
export function matchesRule(rule: RuleWithOperations, what: What): boolean {
  const { operations, apiGroups, apiVersions, resources, scope = '*' } = rule;
  const { operation, type, subresource } = what;
  return (
    names(operations, operation) &&
    names(apiGroups, type.group) &&
    names(apiVersions, type.version) &&
    (resources ?? []).some((resource) => matchesResource(resource, type.resource, subresource)) &&
    (scope === '*' || (scope === 'Namespaced') === isNamespaced(what))
  );
}

const names = (allowed: readonly string[] | undefined, value: string) =>
  allowed?.some((one) => one === '*' || one === value) ?? false;

/** `pods` is the objects themselves, `pods/status` one subresource, `pods/*` both and all others. */
function matchesResource(pattern: string, resource: string, subresource: string): boolean {
  const [main = '', part = ''] = pattern.split('/', 2);
  return (main === '*' || main === resource) && (part === '*' || part === subresource);
}

const isNamespaced = ({ type, namespace }: What) => !isOf(type, namespaces) && namespace !== '';

const ownGroup = 'admissionregistration.k8s.io';

const ownResources: readonly string[] = [
  'mutatingadmissionpolicies',
  'mutatingadmissionpolicybindings',
  'mutatingwebhookconfigurations',
  'validatingadmissionpolicies',
  'validatingadmissionpolicybindings',
  'validatingwebhookconfigurations',
];

/** What configures admission is never subject to it: a broken webhook could not be taken away. */
export const isExempt = ({ group, resource }: Pick<ResourceType, 'group' | 'resource'>): boolean =>
  group === ownGroup && ownResources.includes(resource);
