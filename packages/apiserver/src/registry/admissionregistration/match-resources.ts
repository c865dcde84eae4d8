import type { FieldError, MatchResources, RuleWithOperations } from '@berth/api';
import { at, required } from '@berth/api';
import { checkLabelSelector, checkNeeded } from '../core/field-checks.ts';
import type { Given } from '../core/given.ts';
import { checkNamedRule } from './rule-validation.ts';

export const failurePolicies = ['Fail', 'Ignore'];
export const matchPolicies = ['Equivalent', 'Exact'];

/** Rules speak of objects in namespaces and outside of them where nothing else is said. */
export const withScope = <R extends RuleWithOperations>(rule: R): R => ({
  ...rule,
  scope: rule.scope ?? '*',
});

export const withMatchDefaults = (match: MatchResources): MatchResources => ({
  ...match,
  matchPolicy: match.matchPolicy ?? 'Equivalent',
  namespaceSelector: match.namespaceSelector ?? {},
  objectSelector: match.objectSelector ?? {},
  ...(match.resourceRules && { resourceRules: match.resourceRules.map(withScope) }),
  ...(match.excludeResourceRules && {
    excludeResourceRules: match.excludeResourceRules.map(withScope),
  }),
});

/** Which requests a policy or its binding is for. */
export const checkMatchResources = (
  path: string,
  {
    matchPolicy,
    namespaceSelector,
    objectSelector,
    resourceRules = [],
    excludeResourceRules = [],
  }: Given<MatchResources>,
): readonly FieldError[] => [
  ...checkNeeded(at(path, 'matchPolicy'), matchPolicy, matchPolicies),
  ...(namespaceSelector
    ? checkLabelSelector(at(path, 'namespaceSelector'), namespaceSelector)
    : [required(at(path, 'namespaceSelector'))]),
  ...(objectSelector
    ? checkLabelSelector(at(path, 'objectSelector'), objectSelector)
    : [required(at(path, 'objectSelector'))]),
  ...resourceRules.flatMap((rule, i) => checkNamedRule(at(path, 'resourceRules', i), rule)),
  ...excludeResourceRules.flatMap((rule, i) =>
    checkNamedRule(at(path, 'excludeResourceRules', i), rule),
  ),
];

/** The constraints of a policy, which need at least one rule. */
export const checkMatchConstraints = (
  path: string,
  match: Given<MatchResources> | undefined,
): readonly FieldError[] =>
  match
    ? [
        ...checkMatchResources(path, match),
        ...(match.resourceRules?.length ? [] : [required(at(path, 'resourceRules'))]),
      ]
    : [required(path)];
