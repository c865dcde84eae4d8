import type { Attributes } from '../authorization/attributes.ts';
import type { AuditPolicy, AuditRule, GroupResources, Level, Stage } from './policy.ts';

/** What is recorded of one request. */
export interface Recording {
  readonly level: Level;
  readonly omitStages: readonly Stage[];
  readonly omitManagedFields: boolean;
}

/** The policy's answer for one request: its first rule that fits. */
export function recordingOf(policy: AuditPolicy, attributes: Attributes): Recording {
  const { omitStages, omitManagedFields } = policy;
  const rule = policy.rules.find((one) => fits(one, attributes));
  if (!rule) return { level: 'None', omitStages, omitManagedFields };
  return {
    level: rule.level,
    omitStages: [...omitStages, ...(rule.omitStages ?? [])],
    omitManagedFields: rule.omitManagedFields ?? omitManagedFields,
  };
}

function fits(rule: AuditRule, attributes: Attributes): boolean {
  const { users = [], userGroups = [], verbs = [] } = rule;
  const { resources = [], namespaces = [], nonResourceURLs = [] } = rule;
  const { user, verb } = attributes;
  if (users.length > 0 && !users.includes(user.name)) return false;
  if (userGroups.length > 0 && !user.groups.some((group) => userGroups.includes(group)))
    return false;
  if (verbs.length > 0 && !verbs.includes(verb)) return false;
  if (resources.length > 0 || namespaces.length > 0)
    return fitsResource(resources, namespaces, attributes);
  if (nonResourceURLs.length > 0)
    return !attributes.isResource && nonResourceURLs.some((url) => fitsPath(url, attributes.path));
  return true;
}

const fitsPath = (wanted: string, path: string) =>
  wanted.endsWith('*') ? path.startsWith(wanted.slice(0, -1)) : wanted === path;

function fitsResource(
  resources: readonly GroupResources[],
  namespaces: readonly string[],
  attributes: Attributes,
): boolean {
  const { isResource, namespace } = attributes;
  if (!isResource) return false;
  // What lies in no namespace is meant by the empty name.
  if (namespaces.length > 0 && !namespaces.includes(namespace)) return false;
  return resources.length === 0 || resources.some((one) => fitsGroup(one, attributes));
}

function fitsGroup(
  { group = '', resources = [], resourceNames = [] }: GroupResources,
  { group: asked, resource, subresource, name }: Attributes,
): boolean {
  if (group !== asked) return false;
  if (resources.length === 0) return true;
  if (resourceNames.length > 0 && !resourceNames.includes(name)) return false;
  const meant = subresource === '' ? resource : `${resource}/${subresource}`;
  return resources.some(
    (one) =>
      one === '*' ||
      one === meant ||
      one === `${resource}/*` ||
      (subresource !== '' && one === `*/${subresource}`),
  );
}
