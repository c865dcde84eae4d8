import type { Device, FieldError, ResourceSlice, ResourceSliceSpec } from '@berth/api';
import {
  at,
  goQuote,
  invalidValue,
  required,
  resourceSlices as resourceSlicesType,
} from '@berth/api';
import { formatTime } from '@berth/component-base';
import { ageColumn, nameColumn } from '../core/columns.ts';
import { checkDnsLabel, checkUnchanged } from '../core/field-checks.ts';
import { asGiven } from '../core/given.ts';
import type { Given } from '../core/given.ts';
import { checkDriverName, checkSet } from '../core/list-checks.ts';
import type { Strategy, StrategyContext } from '../strategy.ts';
import { checkCounters, checkDevice } from './device-validation.ts';
import { checkPoolName } from './names.ts';
import { checkPlaces } from './places.ts';

export const resourceSlices: Strategy<ResourceSlice> = {
  type: resourceSlicesType,
  prepareForCreate: prepare,
  prepareForUpdate: (slice, _old, context) => prepare(slice, context),
  validate: (slice) => checkSpec(asGiven(slice).spec ?? {}, undefined),
  validateUpdate: (slice, old) => checkSpec(asGiven(slice).spec ?? {}, asGiven(old).spec ?? {}),
  warnings: (slice) => {
    const { driver = '' } = asGiven(slice).spec ?? {};
    return driver === driver.toLowerCase()
      ? []
      : [
          `spec.driver: driver names should be lowercase; ${goQuote(driver)} contains uppercase characters`,
        ];
  },
  columns: [
    nameColumn,
    {
      name: 'Node',
      type: 'string',
      description: 'The node whose devices these are.',
      cell: (slice) => asGiven(slice).spec?.nodeName ?? '',
    },
    {
      name: 'Driver',
      type: 'string',
      description: 'The driver that offers the devices.',
      cell: (slice) => asGiven(slice).spec?.driver ?? '',
    },
    {
      name: 'Pool',
      type: 'string',
      description: 'The pool to which the slice belongs.',
      cell: (slice) => asGiven(slice).spec?.pool?.name ?? '',
    },
    ageColumn,
  ],
  selectable: ['spec.nodeName', 'spec.driver'],
  selectableFields: (slice) => {
    const { nodeName = '', driver = '' } = asGiven(slice).spec ?? {};
    return { 'spec.nodeName': nodeName, 'spec.driver': driver };
  },
  allowUnconditionalUpdate: true,
};

/** Taints tell since when they are there; fields of features that 1.36 leaves off are dropped. */
function prepare(slice: ResourceSlice, { now }: StrategyContext): ResourceSlice {
  const { devices } = asGiven(slice).spec ?? {};
  if (!devices) return slice;
  const timeAdded = formatTime(now);
  const prepared = (slice.spec.devices ?? []).map(
    ({ nodeAllocatableResourceMappings: _, ...device }) => ({
      ...device,
      ...(device.taints && {
        taints: device.taints.map((taint) => ({
          ...taint,
          timeAdded: taint.timeAdded ?? timeAdded,
        })),
      }),
      ...(device.attributes && { attributes: withoutLists(device.attributes) }),
    }),
  );
  return { ...slice, spec: { ...slice.spec, devices: prepared } };
}

const withoutLists = (
  attributes: NonNullable<Device['attributes']>,
): NonNullable<Device['attributes']> =>
  Object.fromEntries(
    Object.entries(attributes).map(
      ([name, { ints: _ints, bools: _bools, strings: _strings, versions: _versions, ...one }]) => [
        name,
        one,
      ],
    ),
  );

const places =
  'exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required';
const mostDevices = 128;
const mostIntricateDevices = 64;
const mostCounterSets = 8;

function checkSpec(
  spec: Given<ResourceSliceSpec>,
  old: Given<ResourceSliceSpec> | undefined,
): readonly FieldError[] {
  const { driver, pool = {}, nodeSelector, devices, sharedCounters } = spec;
  const terms = nodeSelector?.nodeSelectorTerms ?? [];
  const oldDevices = new Map((old?.devices ?? []).map((device) => [device.name, device]));
  return [
    ...checkDriverName('spec.driver', driver),
    ...checkPool('spec.pool', pool),
    ...(old ? checkKept(spec, old) : []),
    ...checkPlaces('spec', spec, {
      needed: places,
      many: `${places}, but multiple fields are set`,
      emptyName: 'must be either unset or set to a non-empty string',
    }),
    // Selectors of several slices are put together term by term.
    ...(nodeSelector && terms.length !== 1
      ? [
          invalidValue(
            'spec.nodeSelector.nodeSelectorTerms',
            terms,
            'must have exactly one node selector term',
          ),
        ]
      : []),
    ...(devices && sharedCounters
      ? [invalidValue('spec', '', 'only one of `sharedCounters` or `devices` is allowed')]
      : []),
    ...checkSet(
      'spec.devices',
      devices ?? [],
      (devices ?? []).some(isIntricate) ? mostIntricateDevices : mostDevices,
      (path, device) =>
        checkDevice(
          path,
          device,
          oldDevices.get(device.name),
          spec.perDeviceNodeSelection === true,
        ),
      ({ name = '' }) => name,
    ),
    ...checkSet(
      'spec.sharedCounters',
      sharedCounters ?? [],
      mostCounterSets,
      (path, { name, counters }) => [
        ...(name ? checkDnsLabel(at(path, 'name'), name) : [required(at(path, 'name'))]),
        ...checkCounters(at(path, 'counters'), counters),
      ],
      ({ name = '' }) => name,
    ),
  ];
}

const isIntricate = ({ taints = [], consumesCounters = [] }: Given<Device>) =>
  taints.length > 0 || consumesCounters.length > 0;

const checkPool = (
  path: string,
  { name, resourceSliceCount = 0, generation = 0 }: Given<ResourceSliceSpec['pool']>,
): readonly FieldError[] => [
  ...checkPoolName(at(path, 'name'), name),
  ...(resourceSliceCount > 0
    ? []
    : [
        invalidValue(
          at(path, 'resourceSliceCount'),
          resourceSliceCount,
          'must be greater than zero',
        ),
      ]),
  ...(generation < 0
    ? [invalidValue(at(path, 'generation'), generation, 'must be greater than or equal to zero')]
    : []),
];

const checkKept = (
  { pool, driver, nodeName }: Given<ResourceSliceSpec>,
  old: Given<ResourceSliceSpec>,
): readonly FieldError[] => [
  ...checkUnchanged('spec.pool.name', pool?.name ?? '', pool?.name === old.pool?.name),
  ...checkUnchanged('spec.driver', driver ?? '', driver === old.driver),
  ...checkUnchanged('spec.nodeName', nodeName ?? null, nodeName === old.nodeName),
];
