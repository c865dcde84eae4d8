import type { CSIDriver, CSIDriverSpec, FieldError } from '@berth/api';
import {
  at,
  csiDrivers as csiDriversType,
  duplicate,
  invalidValue,
  isDeepEqual,
  required,
} from '@berth/api';
import { ageColumn, nameColumn } from '../core/columns.ts';
import { checkNeeded, checkOneOf, checkUnchanged } from '../core/field-checks.ts';
import { asGiven } from '../core/given.ts';
import type { Given } from '../core/given.ts';
import { checkDriverName } from '../core/list-checks.ts';
import type { Column, Strategy } from '../strategy.ts';

export const csiDrivers: Strategy<CSIDriver> = {
  type: csiDriversType,
  defaults: (driver) => ({ ...driver, spec: withDefaults(asGiven(driver).spec as CSIDriverSpec) }),
  validate,
  validateUpdate: (driver, old) => [
    ...validate(driver),
    // The path is upstream's.
    ...checkUnchanged(
      'spec.attachedRequired',
      driver.spec.attachRequired ?? null,
      driver.spec.attachRequired === old.spec.attachRequired,
    ),
    ...checkUnchanged(
      'spec.volumeLifecycleModes',
      driver.spec.volumeLifecycleModes ?? null,
      isDeepEqual(driver.spec.volumeLifecycleModes, old.spec.volumeLifecycleModes),
    ),
  ],
  generationOf: () => undefined,
  columns: columns(),
};

const withDefaults = (spec: CSIDriverSpec | undefined): CSIDriverSpec => ({
  ...spec,
  attachRequired: spec?.attachRequired ?? true,
  podInfoOnMount: spec?.podInfoOnMount ?? false,
  storageCapacity: spec?.storageCapacity ?? false,
  fsGroupPolicy: spec?.fsGroupPolicy ?? 'ReadWriteOnceWithFSType',
  volumeLifecycleModes: spec?.volumeLifecycleModes?.length
    ? spec.volumeLifecycleModes
    : ['Persistent'],
  requiresRepublish: spec?.requiresRepublish ?? false,
  seLinuxMount: spec?.seLinuxMount ?? false,
});

const shortestUpdatePeriod = 10;

function validate(driver: CSIDriver): readonly FieldError[] {
  const spec = asGiven(driver).spec ?? {};
  const { fsGroupPolicy, volumeLifecycleModes = [], tokenRequests = [] } = spec;
  const period = spec.nodeAllocatableUpdatePeriodSeconds;
  return [
    ...checkDriverName('name', driver.metadata.name),
    ...(['attachRequired', 'podInfoOnMount', 'storageCapacity'] as const)
      .filter((field) => spec[field] === undefined)
      .map((field) => required(at('spec', field))),
    ...checkNeeded('spec.fsGroupPolicy', fsGroupPolicy, [
      'File',
      'None',
      'ReadWriteOnceWithFSType',
    ]),
    ...checkTokenRequests('spec.tokenRequests', tokenRequests),
    ...volumeLifecycleModes.flatMap((mode, i) =>
      checkOneOf(at('spec.volumeLifecycleModes', i), mode, ['Ephemeral', 'Persistent']),
    ),
    ...(spec.seLinuxMount === undefined ? [required('spec.seLinuxMount')] : []),
    ...(period !== undefined && period < shortestUpdatePeriod
      ? [
          invalidValue(
            'spec.nodeAllocatableUpdatePeriodSeconds',
            period,
            `must be greater than or equal to ${shortestUpdatePeriod} seconds`,
          ),
        ]
      : []),
  ];
}

const shortestToken = 600;
const longestToken = 2 ** 32;

function checkTokenRequests(
  path: string,
  requests: NonNullable<Given<CSIDriverSpec>['tokenRequests']>,
): readonly FieldError[] {
  const audiences = requests.map(({ audience = '' }) => audience);
  return requests.flatMap(({ audience = '', expirationSeconds: seconds }, i) => [
    ...(audiences.indexOf(audience) < i ? [duplicate(at(path, i, 'audience'), audience)] : []),
    ...(seconds !== undefined && seconds < shortestToken
      ? [
          invalidValue(
            at(path, i, 'expirationSeconds'),
            seconds,
            'may not specify a duration less than 10 minutes',
          ),
        ]
      : []),
    ...(seconds !== undefined && seconds > longestToken
      ? [
          invalidValue(
            at(path, i, 'expirationSeconds'),
            seconds,
            'may not specify a duration larger than 2^32 seconds',
          ),
        ]
      : []),
  ]);
}

function columns(): readonly Column<CSIDriver>[] {
  const flag = (
    name: string,
    description: string,
    field: 'attachRequired' | 'podInfoOnMount' | 'storageCapacity' | 'requiresRepublish',
    unsaid: boolean,
  ): Column<CSIDriver> => ({
    name,
    type: 'boolean',
    description,
    cell: (driver) => asGiven(driver).spec?.[field] ?? unsaid,
  });
  return [
    nameColumn,
    flag('AttachRequired', 'Whether volumes are attached to nodes.', 'attachRequired', true),
    flag('PodInfoOnMount', 'Whether the driver is told of the pod.', 'podInfoOnMount', false),
    flag('StorageCapacity', 'Whether the driver tells how much it has.', 'storageCapacity', false),
    {
      name: 'TokenRequests',
      type: 'string',
      description: 'For whom the driver is given tokens.',
      cell: (driver) => {
        const requests = asGiven(driver).spec?.tokenRequests;
        return requests?.length
          ? requests.map(({ audience = '' }) => audience).join(',')
          : '<unset>';
      },
    },
    flag('RequiresRepublish', 'Whether volumes are published again.', 'requiresRepublish', false),
    {
      name: 'Modes',
      type: 'string',
      description: 'How long the volumes live.',
      cell: (driver) => asGiven(driver).spec?.volumeLifecycleModes?.join(',') || '<none>',
    },
    ageColumn,
  ];
}
