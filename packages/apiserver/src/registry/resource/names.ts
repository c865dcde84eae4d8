import type { FieldError } from '@berth/api';
import { cIdentifierRule, invalidEach, invalidValue, required, tooLong } from '@berth/api';
import { checkSubdomain } from '../core/field-checks.ts';
import { checkDriverName } from '../core/list-checks.ts';

const longestPool = 253;
const longestId = 32;

/** Subdomains between slashes. */
export const checkPoolName = (path: string, name = ''): readonly FieldError[] =>
  name
    ? [
        ...(Buffer.byteLength(name) > longestPool ? [tooLong(path, longestPool)] : []),
        ...name.split('/').flatMap((part) => checkSubdomain(path, part)),
      ]
    : [required(path)];

export const checkClassName = (path: string, name = ''): readonly FieldError[] =>
  name ? checkSubdomain(path, name) : [required(path)];

/** `model` or `example.com/model`: what a device is known by. */
export function checkAttributeName(path: string, name: string): readonly FieldError[] {
  const parts = name.split('/');
  const [domain = '', id = ''] = parts;
  switch (parts.length) {
    case 1:
      return checkIdentifier(path, domain);
    case 2:
      return [
        ...(domain
          ? checkDriverName(path, domain)
          : [invalidValue(path, '', 'the domain must not be empty')]),
        ...(id
          ? checkIdentifier(path, id)
          : [invalidValue(path, '', 'the name must not be empty')]),
      ];
    default:
      return [invalidValue(path, name, 'must not contain more than one slash')];
  }
}

const checkIdentifier = (path: string, id: string): readonly FieldError[] => [
  ...(Buffer.byteLength(id) > longestId ? [tooLong(path, longestId)] : []),
  ...invalidEach(path, id, cIdentifierRule(id)),
];

/** An attribute's name that says whose it is. */
export const checkFullAttributeName = (path: string, name: string): readonly FieldError[] => [
  ...checkAttributeName(path, name),
  ...(name.includes('/')
    ? []
    : [
        invalidValue(
          path,
          name,
          'a fully qualified name must be a domain and a name separated by a slash',
        ),
      ]),
];

/** A UUID in small letters. */
export function checkShareId(path: string, id: string): readonly FieldError[] {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) return [];
  const problem = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)
    ? 'uid must be in RFC 4122 normalized form, `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx` with lowercase hexadecimal characters'
    : `error validating uid: invalid UUID length: ${Buffer.byteLength(id)}`;
  return [invalidValue(path, id, problem)];
}
