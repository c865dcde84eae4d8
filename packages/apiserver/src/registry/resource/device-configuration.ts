import type { DeviceClassConfiguration, FieldError } from '@berth/api';
import { at, invalidValue, required, stringifyJson, tooLong } from '@berth/api';
import type { Given } from '../core/given.ts';
import { checkDriverName } from '../core/list-checks.ts';

const longestParameters = 10 * 1024;

/** What a driver is told about the devices of a claim. */
export const checkConfiguration = (
  path: string,
  { opaque }: Given<DeviceClassConfiguration>,
): readonly FieldError[] =>
  opaque
    ? [
        ...checkDriverName(at(path, 'opaque', 'driver'), opaque.driver),
        ...checkJsonObject(at(path, 'opaque', 'parameters'), opaque.parameters, longestParameters),
      ]
    : [required(at(path, 'opaque'))];

/** JSON that only its driver understands: an object, and not too long. */
export function checkJsonObject(
  path: string,
  value: unknown,
  mostBytes: number,
): readonly FieldError[] {
  if (value === undefined || value === null) return [required(path)];
  if (Buffer.byteLength(stringifyJson(value)) > mostBytes) return [tooLong(path, mostBytes)];
  return typeof value === 'object' && !Array.isArray(value)
    ? []
    : [invalidValue(path, '<value omitted>', 'must be a valid JSON object')];
}
