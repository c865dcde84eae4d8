import type { FieldError, MutatingWebhook, ValidatingWebhook } from '@berth/api';
import {
  at,
  dns1035Label,
  dnsSubdomain,
  duplicate,
  invalidEach,
  invalidValue,
  required,
} from '@berth/api';
import { checkLabelSelector, checkOneOf } from '../core/field-checks.ts';
import type { Given } from '../core/given.ts';
import { checkWebhookService, checkWebhookUrl } from '../webhook-client-config.ts';
import { checkMatchConditions } from './expressions.ts';
import { failurePolicies, matchPolicies } from './match-resources.ts';
import { checkRule } from './rule-validation.ts';

export type Webhook = ValidatingWebhook & Pick<MutatingWebhook, 'reinvocationPolicy'>;

export function checkWebhooks(webhooks: readonly Given<Webhook>[]): readonly FieldError[] {
  const names = webhooks.map(({ name }) => name);
  return webhooks.flatMap((webhook, i) => {
    const path = at('webhooks', i);
    const { name, admissionReviewVersions = [] } = webhook;
    return [
      ...checkWebhook(path, webhook),
      ...checkReviewVersions(at(path, 'admissionReviewVersions'), admissionReviewVersions),
      ...(name && names.indexOf(name) < i ? [duplicate(at(path, 'name'), name)] : []),
    ];
  });
}

const checkWebhook = (path: string, webhook: Given<Webhook>): readonly FieldError[] => [
  ...checkFullName(at(path, 'name'), webhook.name ?? ''),
  ...(webhook.rules ?? []).flatMap((rule, i) => checkRule(at(path, 'rules', i), rule)),
  ...checkOneOf(at(path, 'failurePolicy'), webhook.failurePolicy, failurePolicies),
  ...checkOneOf(at(path, 'matchPolicy'), webhook.matchPolicy, matchPolicies),
  ...checkSideEffects(at(path, 'sideEffects'), webhook.sideEffects),
  ...checkTimeout(at(path, 'timeoutSeconds'), webhook.timeoutSeconds),
  ...checkLabelSelector(at(path, 'namespaceSelector'), webhook.namespaceSelector ?? {}),
  ...checkLabelSelector(at(path, 'objectSelector'), webhook.objectSelector ?? {}),
  ...checkOneOf(at(path, 'reinvocationPolicy'), webhook.reinvocationPolicy, ['IfNeeded', 'Never']),
  ...checkClientConfig(at(path, 'clientConfig'), webhook.clientConfig ?? {}),
  ...checkMatchConditions(at(path, 'matchConditions'), webhook.matchConditions ?? []),
];

function checkFullName(path: string, name: string): readonly FieldError[] {
  if (!name) return [required(path)];
  const problems = dnsSubdomain(name);
  if (problems.length) return [invalidValue(path, name, problems.join(','))];
  return name.split('.').length < 3
    ? [
        invalidValue(
          path,
          name,
          'should be a domain with at least three segments separated by dots',
        ),
      ]
    : [];
}

const harmless = ['None', 'NoneOnDryRun'];

const checkSideEffects = (path: string, effects: string | undefined): readonly FieldError[] =>
  effects === undefined
    ? [required(path, `must specify one of ${harmless.join(', ')}`)]
    : checkOneOf(path, effects, harmless);

const checkTimeout = (path: string, seconds: number | undefined): readonly FieldError[] =>
  seconds !== undefined && (seconds < 1 || seconds > 30)
    ? [invalidValue(path, seconds, 'the timeout value must be between 1 and 30 seconds')]
    : [];

function checkClientConfig(
  path: string,
  { url, service }: NonNullable<Given<Webhook>['clientConfig']>,
): readonly FieldError[] {
  if ((url === undefined) === (service === undefined)) {
    return [required(path, 'exactly one of url or service is required')];
  }
  return url === undefined
    ? checkWebhookService(at(path, 'service'), service ?? {})
    : checkWebhookUrl(at(path, 'url'), url);
}

const reviewVersions = ['v1', 'v1beta1'];

function checkReviewVersions(path: string, versions: readonly string[]): readonly FieldError[] {
  const known = reviewVersions.join(', ');
  if (versions.length === 0) return [required(path, `must specify one of ${known}`)];
  return [
    ...versions.flatMap((version, i) =>
      versions.indexOf(version) < i
        ? [invalidValue(at(path, i), version, 'duplicate version')]
        : invalidEach(at(path, i), version, dns1035Label(version)),
    ),
    ...(versions.some((version) => reviewVersions.includes(version))
      ? []
      : [invalidValue(path, versions, `must include at least one of ${known}`)]),
  ];
}
