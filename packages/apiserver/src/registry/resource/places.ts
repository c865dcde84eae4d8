import type { FieldError, ResourceSliceSpec } from '@berth/api';
import { at, invalidValue, required } from '@berth/api';
import { checkSubdomain } from '../core/field-checks.ts';
import type { Given } from '../core/given.ts';
import { validateNodeSelector } from '../core/pod-spec/affinity.ts';

type Places = Given<
  Pick<ResourceSliceSpec, 'nodeName' | 'nodeSelector' | 'allNodes' | 'perDeviceNodeSelection'>
>;

interface Words {
  /** When nothing is said. */
  readonly needed: string;
  /** When too much is said. */
  readonly many: string;
  readonly emptyName: string;
}

/** Where devices are: exactly one of the ways to say it. */
export function checkPlaces(path: string, places: Places, words: Words): readonly FieldError[] {
  const { nodeName, nodeSelector } = places;
  const said = [
    ...(nodeName ? ['`nodeName`'] : []),
    ...(nodeSelector ? ['`nodeSelector`'] : []),
    ...(places.allNodes ? ['`allNodes`'] : []),
    ...(places.perDeviceNodeSelection ? ['`perDeviceNodeSelection`'] : []),
  ];
  return [
    ...(nodeName === '' ? [invalidValue(at(path, 'nodeName'), '', words.emptyName)] : []),
    ...(nodeName ? checkSubdomain(at(path, 'nodeName'), nodeName) : []),
    ...(nodeSelector ? validateNodeSelector(at(path, 'nodeSelector'), nodeSelector) : []),
    ...notFalse(at(path, 'allNodes'), places.allNodes),
    ...notFalse(at(path, 'perDeviceNodeSelection'), places.perDeviceNodeSelection),
    ...(said.length === 0 ? [required(path, words.needed)] : []),
    ...(said.length > 1 ? [invalidValue(path, `{${said.join(', ')}}`, words.many)] : []),
  ];
}

const notFalse = (path: string, value: boolean | undefined): readonly FieldError[] =>
  value === false ? [invalidValue(path, value, 'must be either unset or set to true')] : [];
