import type { FieldError } from '@berth/api';
import { invalidEach, invalidValue, qualifiedName, required, tooLong } from '@berth/api';

/** The name of what makes volumes; its case does not matter. */
export const checkProvisioner = (path: string, provisioner = ''): readonly FieldError[] =>
  provisioner
    ? invalidEach(path, provisioner, qualifiedName(provisioner.toLowerCase()))
    : [required(path)];

const mostParameters = 512;
const mostBytes = 256 * 1024;

/** Parameters have names, and are not too many. */
export function checkParameters(
  path: string,
  parameters: Readonly<Record<string, string>> = {},
): readonly FieldError[] {
  const entries = Object.entries(parameters);
  if (entries.length > mostParameters) return [tooLong(path, mostParameters)];
  const bytes = entries.reduce((sum, pair) => sum + Buffer.byteLength(pair.join('')), 0);
  return [
    ...entries
      .filter(([key]) => key === '')
      .map(([key]) => invalidValue(path, key, 'field can not be empty.')),
    ...(bytes > mostBytes ? [tooLong(path, mostBytes)] : []),
  ];
}
