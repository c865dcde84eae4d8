import type { MatchResources, NamedRuleWithOperations } from '@berth/api';
import type { AdmissionReads, Attributes } from '../admission.ts';
import { matchesRule } from '../webhooks/rules.ts';
import { matchWebhook } from '../webhooks/match-webhook.ts';
import type { Match } from '../webhooks/match-webhook.ts';

/** How a policy sees a write; undefined when it has nothing to do with it. Without rules everything is meant. */
export async function matchResources(
  constraints: MatchResources | undefined,
  attributes: Attributes,
  reads: AdmissionReads,
): Promise<Match | undefined> {
  const {
    resourceRules = [],
    excludeResourceRules = [],
    matchPolicy,
    namespaceSelector,
    objectSelector,
  } = constraints ?? {};
  const named = (rules: readonly NamedRuleWithOperations[]) =>
    rules.filter(({ resourceNames = [] }) =>
      resourceNames.length === 0 ? true : resourceNames.includes(attributes.name),
    );
  const rules = resourceRules.length > 0 ? named(resourceRules) : [everything];
  const wanted = {
    rules,
    ...(matchPolicy && { matchPolicy }),
    ...(namespaceSelector && { namespaceSelector }),
    ...(objectSelector && { objectSelector }),
  };
  const match = await matchWebhook(wanted, attributes, reads);
  if (!match) return undefined;
  return named(excludeResourceRules).some((rule) => matchesRule(rule, attributes))
    ? undefined
    : match;
}

const everything = {
  apiGroups: ['*'],
  apiVersions: ['*'],
  resources: ['*', '*/*'],
  operations: ['*'],
  scope: '*',
};
