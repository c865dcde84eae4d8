import { invalidValue, required } from '@berth/api';
import type { FieldError } from '@berth/api';
import { checkSubdomain } from '../core/field-checks.ts';

const pathCharacters = String.raw`[A-Za-z0-9/\-._~%!$&'()*+,;=:]+`;
const pathShape = new RegExp(`^${pathCharacters}$`);

/** `example.com/controller`: somebody's domain and what they call the thing. */
export function checkDomainPath(path: string, value: string): readonly FieldError[] {
  if (!value) return [required(path)];
  const slash = value.indexOf('/');
  const [domain, rest] = [value.slice(0, Math.max(slash, 0)), value.slice(slash + 1)];
  if (slash < 1 || rest === '')
    return [invalidValue(path, value, 'must be a domain-prefixed path (such as "acme.io/foo")')];
  return [
    ...checkSubdomain(path, domain),
    ...(pathShape.test(rest)
      ? []
      : [
          invalidValue(
            path,
            rest,
            `Invalid path (regex used for validation is '${pathCharacters}')`,
          ),
        ]),
  ];
}
