import type { FieldError, ParamKind, ParamRef } from '@berth/api';
import {
  at,
  dns1035Label,
  dnsSubdomain,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from '@berth/api';
import { checkLabelSelector, checkPathSegment } from '../core/field-checks.ts';
import type { Given } from '../core/given.ts';

/** The kind of the objects that parameterise a policy. */
export const checkParamKind = (
  path: string,
  { apiVersion = '', kind = '' }: Given<ParamKind>,
): readonly FieldError[] => [
  ...(apiVersion
    ? checkApiVersion(at(path, 'apiVersion'), apiVersion)
    : [required(at(path, 'apiVersion'))]),
  ...(kind ? checkKind(at(path, 'kind'), kind) : [required(at(path, 'kind'))]),
];

function checkApiVersion(path: string, apiVersion: string): readonly FieldError[] {
  const parts = apiVersion === '/' ? [''] : apiVersion.split('/');
  if (parts.length > 2) {
    return [invalidValue(path, apiVersion, `unexpected GroupVersion string: ${apiVersion}`)];
  }
  const version = parts.at(-1) ?? '';
  const group = parts.length === 2 ? (parts[0] ?? '') : '';
  return [
    ...(group ? joined(path, group, dnsSubdomain(group)) : []),
    ...(version
      ? joined(path, version, dns1035Label(version))
      : [invalidValue(path, apiVersion, 'version must be specified')]),
  ];
}

const joined = (
  path: string,
  value: string,
  problems: readonly string[],
  before = '',
): readonly FieldError[] =>
  problems.length ? [invalidValue(path, value, before + problems.join(','))] : [];

const checkKind = (path: string, kind: string): readonly FieldError[] =>
  joined(
    path,
    kind,
    dns1035Label(kind.toLowerCase()),
    'may have mixed case, but should otherwise match: ',
  );

const exclusive = 'name and selector are mutually exclusive';

/** The parameters that a binding gives: one object, or all that are selected. */
export const checkParamRef = (
  path: string,
  { name = '', selector, parameterNotFoundAction }: Given<ParamRef>,
): readonly FieldError[] => [
  ...(name ? checkPathSegment(at(path, 'name'), name) : []),
  ...(name && selector ? [forbiddenField(at(path, 'name'), exclusive)] : []),
  ...(selector ? checkLabelSelector(at(path, 'selector'), selector) : []),
  ...(name && selector ? [forbiddenField(at(path, 'selector'), exclusive)] : []),
  ...(!name && !selector ? [required(path, 'one of name or selector must be specified')] : []),
  ...checkNotFoundAction(at(path, 'parameterNotFoundAction'), parameterNotFoundAction),
];

function checkNotFoundAction(path: string, action: string | undefined): readonly FieldError[] {
  if (!action) return [required(path)];
  return action === 'Deny' || action === 'Allow'
    ? []
    : [notSupported(path, action, ['Deny', 'Allow'])];
}
