import type { DeviceClaim, FieldError } from '@berth/api';
import { invalidValue } from '@berth/api';
import { checkDnsLabel } from '../core/field-checks.ts';
import type { Given } from '../core/given.ts';

/** The requests of a claim, by name; `request/choice` for those that leave a choice. */
export type RequestNames = ReadonlySet<string>;

export const requestNamesOf = ({ requests = [] }: Given<DeviceClaim>): RequestNames =>
  new Set(
    requests.flatMap(({ name = '', firstAvailable = [] }) => [
      name,
      ...firstAvailable.map((choice) => `${name}/${choice.name ?? ''}`),
    ]),
  );

const unknownName =
  "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";

/** The name of a request of the claim. */
export function checkRequestName(
  path: string,
  name: string,
  known: RequestNames,
): readonly FieldError[] {
  const parts = name.split('/');
  return [
    ...(parts.length > 2 ? [] : parts.flatMap((part) => checkDnsLabel(path, part))),
    ...(known.has(name) ? [] : [invalidValue(path, name, unknownName)]),
  ];
}
