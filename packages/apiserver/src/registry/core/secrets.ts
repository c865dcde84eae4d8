import type { FieldError, Secret } from '@berth/api';
import {
  isDeepEqual,
  forbiddenField,
  invalidValue,
  required,
  secrets as secretsType,
  tooLong,
} from '@berth/api';
import type { Strategy } from '../strategy.ts';
import { ageColumn, nameColumn } from './columns.ts';
import { checkConfigMapKey, checkUnchanged } from './field-checks.ts';
import { decodedLength, mostDataBytes } from './object-data.ts';

export const secrets: Strategy<Secret> = {
  type: secretsType,
  defaults,
  validate,
  validateUpdate: (secret, old) => [
    ...checkUnchanged('type', secret.type ?? '', secret.type === old.type),
    ...checkImmutable(secret, old),
    ...validate(secret),
  ],
  selectable: ['type'],
  selectableFields: ({ type = '' }) => ({ type }),
  columns: [
    nameColumn,
    {
      name: 'Type',
      type: 'string',
      description: 'What the secret is for.',
      cell: ({ type = '' }) => type,
    },
    {
      name: 'Data',
      type: 'string',
      description: 'Number of entries.',
      cell: ({ data = {} }) => Object.keys(data).length,
    },
    ageColumn,
  ],
  allowUnconditionalUpdate: true,
};

/** `stringData` is a way to write `data`; it is never read back. */
function defaults({ stringData, ...secret }: Secret): Secret {
  const written = Object.fromEntries(
    Object.entries(stringData ?? {}).map(([key, text]) => [
      key,
      Buffer.from(text).toString('base64'),
    ]),
  );
  return {
    ...secret,
    ...(stringData && { data: { ...secret.data, ...written } }),
    type: secret.type || 'Opaque',
  };
}

function validate(secret: Secret): readonly FieldError[] {
  const data = secret.data ?? {};
  const size = Object.values(data).reduce((sum, text) => sum + decodedLength(text), 0);
  return [
    ...Object.keys(data).flatMap((key) => checkConfigMapKey(`data[${key}]`, key)),
    ...(size > mostDataBytes ? [tooLong('data', mostDataBytes)] : []),
    ...validateType(secret),
  ];
}

const accountAnnotation = 'kubernetes.io/service-account.name';

/** What a secret of a known type must hold. */
function validateType({ type, data = {}, metadata }: Secret): readonly FieldError[] {
  const missing = (...keys: readonly string[]) =>
    keys.filter((key) => data[key] === undefined).map((key) => required(`data[${key}]`));
  switch (type) {
    case 'kubernetes.io/service-account-token':
      return metadata.annotations?.[accountAnnotation]
        ? []
        : [required(`metadata.annotations[${accountAnnotation}]`)];
    case 'kubernetes.io/dockercfg':
      return validateJson(data, '.dockercfg');
    case 'kubernetes.io/dockerconfigjson':
      return validateJson(data, '.dockerconfigjson');
    case 'kubernetes.io/basic-auth':
      return data['username'] === undefined && data['password'] === undefined
        ? missing('username', 'password')
        : [];
    case 'kubernetes.io/ssh-auth':
      return data['ssh-privatekey'] ? [] : [required('data[ssh-privatekey]')];
    case 'kubernetes.io/tls':
      return missing('tls.crt', 'tls.key');
    default:
      return [];
  }
}

function validateJson(data: Readonly<Record<string, string>>, key: string): readonly FieldError[] {
  const text = data[key];
  if (text === undefined) return [required(`data[${key}]`)];
  const problem = jsonProblem(Buffer.from(text, 'base64').toString());
  return problem === undefined
    ? []
    : [invalidValue(`data[${key}]`, '<secret contents redacted>', problem)];
}

/** Undefined for a JSON object. The text itself must not show in the problem. */
function jsonProblem(text: string): string | undefined {
  if (text === '') return 'unexpected end of JSON input';
  try {
    const value: unknown = JSON.parse(text);
    return value === null || (typeof value === 'object' && !Array.isArray(value))
      ? undefined
      : 'json: cannot unmarshal into Go value of type map[string]interface {}';
  } catch {
    return 'invalid character in JSON';
  }
}

function checkImmutable(secret: Secret, old: Secret): readonly FieldError[] {
  if (!old.immutable) return [];
  const why = 'field is immutable when `immutable` is set';
  return [
    ...(secret.immutable ? [] : [forbiddenField('immutable', why)]),
    ...(isDeepEqual(secret.data, old.data) ? [] : [forbiddenField('data', why)]),
  ];
}
