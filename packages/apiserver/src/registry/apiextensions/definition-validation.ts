import {
  at,
  dns1035Label,
  dnsSubdomain,
  forbiddenField,
  invalidValue,
  isConditionTrue,
  notSupported,
  required,
  validateImmutable,
} from '@berth/api';
import type { CustomResourceDefinition, FieldError, NameRule } from '@berth/api';
import { asGiven } from '../core/given.ts';
import type { Given } from '../core/given.ts';
import { validateVersion } from './version-validation.ts';

type GivenSpec = NonNullable<Given<CustomResourceDefinition>['spec']>;

/** Everything that is wrong with a definition. */
export function validateDefinition(object: CustomResourceDefinition): readonly FieldError[] {
  const { spec = {} } = asGiven(object);
  const { plural = '' } = spec.names ?? {};
  const expected = `${plural}.${spec.group ?? ''}`;
  const { name } = object.metadata;
  return [
    ...(name === expected
      ? []
      : [invalidValue('metadata.name', name, 'must be spec.names.plural+"."+spec.group')]),
    ...validateSpec(spec),
    ...validateNames(asGiven(object).status?.acceptedNames, 'status.acceptedNames'),
  ];
}

/** What is wrong with a change; what identifies the resource never changes, what its objects are stored by not any more. */
export function validateDefinitionUpdate(
  object: CustomResourceDefinition,
  old: CustomResourceDefinition,
): readonly FieldError[] {
  const [next, before] = [asGiven(object).spec ?? {}, asGiven(old).spec ?? {}];
  const isEstablished = isConditionTrue(old.status?.conditions, 'Established');
  return [
    ...validateDefinition(object),
    ...(isEstablished
      ? [
          ...validateImmutable(next.scope, before.scope, 'spec.scope'),
          ...validateImmutable(next.names?.kind, before.names?.kind, 'spec.names.kind'),
        ]
      : []),
    ...validateImmutable(next.group, before.group, 'spec.group'),
    ...validateImmutable(next.names?.plural, before.names?.plural, 'spec.names.plural'),
    ...lostVersions(object),
  ];
}

function lostVersions(object: CustomResourceDefinition): readonly FieldError[] {
  const { spec, status } = asGiven(object);
  const names = (spec?.versions ?? []).map(({ name }) => name);
  return (status?.storedVersions ?? []).flatMap((version, index) =>
    names.includes(version)
      ? []
      : [invalidValue(at('status.storedVersions', index), version, 'must appear in spec.versions')],
  );
}

function validateSpec(spec: GivenSpec): readonly FieldError[] {
  return [
    ...validateGroup(spec.group),
    ...validateScope(spec.scope),
    ...(spec.preserveUnknownFields
      ? [
          invalidValue(
            'spec.preserveUnknownFields',
            true,
            'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead',
          ),
        ]
      : []),
    ...validateVersions(spec.versions ?? []),
    ...missingNames(spec.names),
    ...validateNames(spec.names, 'spec.names'),
    ...validateConversion(spec.conversion),
  ];
}

function validateGroup(group = ''): readonly FieldError[] {
  if (group === '') return [required('spec.group')];
  const problems = dnsSubdomain(group);
  if (problems.length > 0) return [invalidValue('spec.group', group, problems.join(','))];
  return group.includes('.')
    ? []
    : [invalidValue('spec.group', group, 'should be a domain with at least one dot')];
}

const scopes = ['Cluster', 'Namespaced'] as const;

function validateScope(scope = ''): readonly FieldError[] {
  if (scope === '') return [required('spec.scope')];
  return scopes.some((one) => one === scope) ? [] : [notSupported('spec.scope', scope, scopes)];
}

function validateVersions(versions: NonNullable<GivenSpec['versions']>): readonly FieldError[] {
  const path = 'spec.versions';
  const names = versions.map(({ name = '' }) => name);
  const stored = versions.filter(({ storage }) => storage).length;
  return [
    ...versions.flatMap((version, index) => validateVersion(version, at(path, index))),
    ...(new Set(names).size < names.length
      ? [invalidValue(path, versions, 'must contain unique version names')]
      : []),
    ...(stored === 1
      ? []
      : [invalidValue(path, versions, 'must have exactly one version marked as storage version')]),
  ];
}

type Names = GivenSpec['names'];

function missingNames(names: Names = {}): readonly FieldError[] {
  const fields = ['plural', 'singular', 'kind', 'listKind'] as const;
  return fields.flatMap((field) => (names[field] ? [] : [required(at('spec.names', field))]));
}

function validateNames(names: Names = {}, path: string): readonly FieldError[] {
  const { plural, singular, kind, listKind, shortNames = [], categories = [] } = names;
  const label = (field: string, value: string | undefined) =>
    value ? joined(at(path, field), value, dns1035Label) : [];
  const mixed = (field: string, value: string | undefined) => {
    const problems = value ? dns1035Label(value.toLowerCase()) : [];
    const why = `may have mixed case, but should otherwise match: ${problems.join(',')}`;
    return problems.length > 0 ? [invalidValue(at(path, field), value, why)] : [];
  };
  return [
    ...label('plural', plural),
    ...label('singular', singular),
    ...mixed('kind', kind),
    ...mixed('listKind', listKind),
    ...shortNames.flatMap((name, index) =>
      joined(at(path, 'shortNames', index), name, dns1035Label),
    ),
    ...(kind && kind === listKind
      ? [invalidValue(at(path, 'listKind'), listKind, 'kind and listKind may not be the same')]
      : []),
    ...categories.flatMap((name, index) =>
      joined(at(path, 'categories', index), name, dns1035Label),
    ),
  ];
}

function joined(path: string, value: string, rule: NameRule): readonly FieldError[] {
  const problems = rule(value);
  return problems.length > 0 ? [invalidValue(path, value, problems.join(','))] : [];
}

const strategies = ['None', 'Webhook'] as const;

function validateConversion(conversion: GivenSpec['conversion']): readonly FieldError[] {
  if (!conversion) return [];
  const path = 'spec.conversion';
  const { strategy = '', webhook } = conversion;
  if (!strategies.some((one) => one === strategy))
    return [notSupported(at(path, 'strategy'), strategy, strategies)];
  if (strategy === 'None')
    return webhook
      ? [
          forbiddenField(
            at(path, 'webhook'),
            'should not be set when strategy is not set to Webhook',
          ),
        ]
      : [];
  const place = at(path, 'webhook');
  if (!webhook?.clientConfig)
    return [required(at(place, 'clientConfig'), 'required when strategy is set to Webhook')];
  const { url, service } = webhook.clientConfig;
  const versions = webhook.conversionReviewVersions ?? [];
  return [
    ...(Boolean(url) === Boolean(service)
      ? [required(at(place, 'clientConfig'), 'exactly one of url or service is required')]
      : []),
    ...(versions.length === 0 ? [required(at(place, 'conversionReviewVersions'))] : []),
  ];
}
