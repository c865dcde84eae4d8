import type {
  AllocatedDeviceStatus,
  AllocationResult,
  DeviceAllocationConfiguration,
  DeviceRequestAllocationResult,
  FieldError,
  NetworkDeviceData,
  ResourceClaimConsumerReference,
  ResourceV1ResourceClaim,
} from '@berth/api';
import {
  at,
  forbiddenField,
  invalidValue,
  isDeepEqual,
  required,
  tooLong,
  tooMany,
} from '@berth/api';
import { checkConditions } from '../core/condition-checks.ts';
import { checkCidr, checkDnsLabel, checkNeeded, checkUnchanged } from '../core/field-checks.ts';
import { asGiven } from '../core/given.ts';
import type { Given } from '../core/given.ts';
import { checkDriverName, checkItems, checkSet } from '../core/list-checks.ts';
import { validateNodeSelector } from '../core/pod-spec/affinity.ts';
import { checkBindingConditions } from './binding-conditions.ts';
import { checkToleration, mostRequests } from './device-claim.ts';
import { checkConfiguration, checkJsonObject } from './device-configuration.ts';
import { checkPoolName, checkShareId } from './names.ts';
import { checkRequestName, requestNamesOf } from './request-names.ts';
import type { RequestNames } from './request-names.ts';

const mostConsumers = 256;
const mostResults = 32;
const mostConfigs = 64;

type Claim = ResourceV1ResourceClaim;

/** A device as a claim names it: by driver, pool and name, and share when it is shared. */
type DeviceName = Given<
  Pick<DeviceRequestAllocationResult, 'driver' | 'pool' | 'device' | 'shareID'>
>;

const idOf = ({ driver = '', pool = '', device = '', shareID }: DeviceName): string =>
  [driver, pool, device, ...(shareID === undefined ? [] : [shareID])].join('/');

export function validateClaimStatus(claim: Claim, old: Claim): readonly FieldError[] {
  const { allocation, reservedFor = [], devices = [] } = asGiven(claim).status ?? {};
  const before = asGiven(old).status ?? {};
  const names = requestNamesOf(asGiven(claim).spec?.devices ?? {});
  const allocated = new Set((allocation?.devices?.results ?? []).map(idOf));
  return [
    ...checkSet(
      'status.reservedFor',
      reservedFor,
      mostConsumers,
      checkConsumer,
      ({ uid = '' }) => uid,
    ),
    ...checkSet(
      'status.devices',
      devices,
      Infinity,
      (path, device) => checkDeviceStatus(path, device, allocated),
      idOf,
    ),
    ...checkReserved(claim, old),
    ...(allocation && before.allocation
      ? checkUnchanged('status.allocation', allocation, isDeepEqual(allocation, before.allocation))
      : []),
    ...(allocation && !before.allocation
      ? checkAllocation('status.allocation', allocation, names)
      : []),
  ];
}

function checkReserved({ metadata, status = {} }: Claim, old: Claim): readonly FieldError[] {
  const { reservedFor = [], allocation } = status;
  if (reservedFor.length === 0) return [];
  if (!allocation) {
    return [
      forbiddenField('status.reservedFor', 'may not be specified when `allocated` is not set'),
    ];
  }
  const before = old.status?.reservedFor ?? [];
  const isNew = (consumer: ResourceClaimConsumerReference) =>
    !before.some((known) => isDeepEqual(known, consumer));
  return metadata.deletionTimestamp && reservedFor.some(isNew)
    ? [
        forbiddenField(
          'status.reservedFor',
          'new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set',
        ),
      ]
    : [];
}

const checkConsumer = (
  path: string,
  { resource, name, uid }: Given<ResourceClaimConsumerReference>,
): readonly FieldError[] => [
  ...(resource ? [] : [required(at(path, 'resource'))]),
  ...(name ? [] : [required(at(path, 'name'))]),
  ...(uid ? [] : [required(at(path, 'uid'))]),
];

const checkAllocation = (
  path: string,
  { devices = {}, nodeSelector }: Given<AllocationResult>,
  names: RequestNames,
): readonly FieldError[] => [
  ...checkItems(at(path, 'devices', 'results'), devices.results ?? [], mostResults, (where, item) =>
    checkResult(where, item, names),
  ),
  ...checkItems(at(path, 'devices', 'config'), devices.config ?? [], mostConfigs, (where, item) =>
    checkAllocatedConfig(where, item, names),
  ),
  ...(nodeSelector ? validateNodeSelector(at(path, 'nodeSelector'), nodeSelector) : []),
];

const checkResult = (
  path: string,
  result: Given<DeviceRequestAllocationResult>,
  names: RequestNames,
): readonly FieldError[] => [
  ...checkRequestName(at(path, 'request'), result.request ?? '', names),
  ...checkDevice(path, result),
  ...checkBindingConditions(path, result),
  ...(result.tolerations ?? []).flatMap((toleration, i) =>
    checkToleration(at(path, 'tolerations', i), toleration),
  ),
];

const checkDevice = (
  path: string,
  { driver, pool, device = '', shareID }: DeviceName,
): readonly FieldError[] => [
  ...checkDriverName(at(path, 'driver'), driver),
  ...checkPoolName(at(path, 'pool'), pool),
  ...checkDnsLabel(at(path, 'device'), device),
  ...(shareID === undefined ? [] : checkShareId(at(path, 'shareID'), shareID)),
];

const checkAllocatedConfig = (
  path: string,
  config: Given<DeviceAllocationConfiguration>,
  names: RequestNames,
): readonly FieldError[] => [
  ...checkNeeded(at(path, 'source'), config.source, ['FromClaim', 'FromClass']),
  ...checkSet(
    at(path, 'requests'),
    config.requests ?? [],
    mostRequests,
    (where, name) => checkRequestName(where, name, names),
    (name) => name,
  ),
  ...checkConfiguration(path, config),
];

const mostConditions = 8;
const longestData = 10 * 1024;

const checkDeviceStatus = (
  path: string,
  device: Given<AllocatedDeviceStatus>,
  allocated: ReadonlySet<string>,
): readonly FieldError[] => [
  ...checkDevice(path, device),
  ...(allocated.has(idOf(device))
    ? []
    : [invalidValue(path, idOf(device), 'must be an allocated device in the claim')]),
  ...((device.conditions?.length ?? 0) > mostConditions
    ? [tooMany(at(path, 'conditions'), device.conditions?.length ?? 0, mostConditions)]
    : []),
  ...checkConditions(at(path, 'conditions'), device.conditions ?? []),
  ...(device.data === undefined ? [] : checkJsonObject(at(path, 'data'), device.data, longestData)),
  ...checkNetworkData(at(path, 'networkData'), device.networkData ?? {}),
];

const longestInterface = 256;
const longestHardwareAddress = 128;
const mostIps = 16;

const checkNetworkData = (
  path: string,
  { interfaceName = '', hardwareAddress = '', ips = [] }: Given<NetworkDeviceData>,
): readonly FieldError[] => [
  ...(Buffer.byteLength(interfaceName) > longestInterface
    ? [tooLong(at(path, 'interfaceName'), longestInterface)]
    : []),
  ...(Buffer.byteLength(hardwareAddress) > longestHardwareAddress
    ? [tooLong(at(path, 'hardwareAddress'), longestHardwareAddress)]
    : []),
  ...checkSet(at(path, 'ips'), ips, mostIps, checkInterfaceAddress, (ip) => ip),
];

const checkInterfaceAddress = (path: string, address: string): readonly FieldError[] =>
  checkCidr(path, address).length === 0
    ? []
    : [
        invalidValue(
          path,
          address,
          'must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)',
        ),
      ];

/** A device that is no longer allocated has no status. */
export function withoutDeallocated(claim: Claim, old: Claim): Claim {
  const { devices } = claim.status ?? {};
  if (!devices) return claim;
  const bare = ({ shareID: _, ...device }: DeviceName) => idOf(device);
  const resultsOf = ({ status }: Claim) =>
    new Set((status?.allocation?.devices?.results ?? []).map(bare));
  const now = resultsOf(claim);
  const before = resultsOf(old);
  const kept = devices.filter((device) => !before.has(bare(device)) || now.has(bare(device)));
  const { devices: _, ...status } = claim.status ?? {};
  return { ...claim, status: { ...status, ...(kept.length && { devices: kept }) } };
}
