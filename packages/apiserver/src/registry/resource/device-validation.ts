import type {
  Counter,
  Device,
  DeviceAttribute,
  DeviceCounterConsumption,
  DeviceTaint,
  FieldError,
} from '@berth/api';
import { at, atKey, invalidValue, isDeepEqual, required, tooLong, tooMany } from '@berth/api';
import { checkDnsLabel, checkLabelValue, checkQualifiedName } from '../core/field-checks.ts';
import type { Given } from '../core/given.ts';
import { checkItems, checkSet } from '../core/list-checks.ts';
import { checkBindingConditions } from './binding-conditions.ts';
import { checkCapacity } from './capacity-policy.ts';
import { checkTaintEffect } from './device-claim.ts';
import { checkAttributeName } from './names.ts';
import { checkPlaces } from './places.ts';

const mostProperties = 32;
const mostTaints = 16;
const mostConsumptions = 2;

/** One device of a slice; `placed` when each device says itself on which nodes it is. */
export function checkDevice(
  path: string,
  device: Given<Device>,
  old: Given<Device> | undefined,
  placed: boolean,
): readonly FieldError[] {
  const { attributes = {}, capacity = {}, taints = [], consumesCounters = [] } = device;
  const properties = Object.keys(attributes).length + Object.keys(capacity).length;
  const isShared = device.allowMultipleAllocations === true;
  return [
    ...checkDnsLabel(at(path, 'name'), device.name ?? ''),
    ...(properties > mostProperties
      ? [
          invalidValue(
            path,
            properties,
            `the total number of attributes and capacities must not exceed ${mostProperties}`,
          ),
        ]
      : []),
    ...checkEntries(at(path, 'attributes'), attributes, checkAttributeName, checkAttribute),
    // What was accepted once is not looked at again.
    ...(old && isDeepEqual(old.capacity, device.capacity)
      ? []
      : checkEntries(at(path, 'capacity'), capacity, checkAttributeName, (where, value) =>
          checkCapacity(where, value, isShared),
        )),
    ...(old && isDeepEqual(old.taints, device.taints)
      ? []
      : checkItems(at(path, 'taints'), taints, mostTaints, checkTaint)),
    ...checkSet(
      at(path, 'consumesCounters'),
      consumesCounters,
      mostConsumptions,
      checkConsumption,
      ({ counterSet = '' }) => counterSet,
    ),
    ...checkDevicePlaces(path, device, placed),
    ...checkBindingConditions(path, device),
  ];
}

const checkEntries = <T>(
  path: string,
  entries: Readonly<Record<string, T>>,
  checkKey: (path: string, key: string) => readonly FieldError[],
  check: (path: string, value: T) => readonly FieldError[],
): readonly FieldError[] =>
  Object.entries(entries).flatMap(([key, value]) => [
    ...checkKey(path, key),
    ...check(atKey(path, key), value),
  ]);

const longestValue = 64;
const semver =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(\.(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*)?(\+[0-9a-zA-Z-]+(\.[0-9a-zA-Z-]+)*)?$/;

function checkAttribute(path: string, attribute: Given<DeviceAttribute>): readonly FieldError[] {
  const { string: text, version } = attribute;
  const given = Object.keys(attribute).length;
  return [
    ...(text === undefined ? [] : checkLength(at(path, 'string'), text)),
    // The expression is not for texts of any length.
    ...(version === undefined || version.length > longestValue || semver.test(version)
      ? []
      : [
          invalidValue(
            at(path, 'version'),
            version,
            'must be a string compatible with semver.org spec 2.0.0',
          ),
        ]),
    ...(version === undefined ? [] : checkLength(at(path, 'version'), version)),
    ...(given === 1
      ? []
      : [invalidValue(path, given ? attribute : '', 'exactly one value must be specified')]),
  ];
}

const checkLength = (path: string, text: string): readonly FieldError[] =>
  Buffer.byteLength(text) > longestValue ? [tooLong(path, longestValue)] : [];

const checkTaint = (
  path: string,
  { key = '', value = '', effect }: Given<DeviceTaint>,
): readonly FieldError[] => [
  ...checkQualifiedName(at(path, 'key'), key),
  ...(value ? checkLabelValue(at(path, 'value'), value) : []),
  ...checkTaintEffect(at(path, 'effect'), effect),
];

const checkConsumption = (
  path: string,
  { counterSet, counters }: Given<DeviceCounterConsumption>,
): readonly FieldError[] => [
  ...(counterSet
    ? checkDnsLabel(at(path, 'counterSet'), counterSet)
    : [required(at(path, 'counterSet'))]),
  ...checkCounters(at(path, 'counters'), counters),
];

const mostCounters = 32;

/** Counters by name, of which there is at least one. */
export function checkCounters(
  path: string,
  counters: Readonly<Record<string, Counter>> = {},
): readonly FieldError[] {
  const names = Object.keys(counters);
  if (names.length === 0) return [required(path)];
  if (names.length > mostCounters) return [tooMany(path, names.length, mostCounters)];
  return names.flatMap((name) => checkDnsLabel(path, name));
}

function checkDevicePlaces(
  path: string,
  device: Given<Device>,
  placed: boolean,
): readonly FieldError[] {
  const { nodeName, nodeSelector, allNodes } = device;
  if (placed) {
    const needed =
      'exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec';
    return checkPlaces(path, device, { needed, many: needed, emptyName: 'must not be empty' });
  }
  return nodeName !== undefined || nodeSelector || allNodes !== undefined
    ? [
        invalidValue(
          path,
          null,
          '`nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec',
        ),
      ]
    : [];
}
