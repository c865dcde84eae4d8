import type { CSINode, CSINodeDriver, FieldError } from '@berth/api';
import {
  at,
  csiNodes as csiNodesType,
  duplicate,
  invalidValue,
  isDeepEqual,
  required,
} from '@berth/api';
import { ageColumn, nameColumn } from '../core/columns.ts';
import { checkNonNegative, checkQualifiedName } from '../core/field-checks.ts';
import { asGiven } from '../core/given.ts';
import type { Given } from '../core/given.ts';
import { checkDriverName } from '../core/list-checks.ts';
import type { Strategy } from '../strategy.ts';

export const csiNodes: Strategy<CSINode> = {
  type: csiNodesType,
  defaults: (node) =>
    ({
      ...node,
      spec: { ...node.spec, drivers: asGiven(node).spec?.drivers ?? [] },
    }) as CSINode,
  validate: (node) => checkDrivers('spec.drivers', driversOf(node)),
  validateUpdate: (node, old) => [
    ...checkKept(driversOf(node), driversOf(old)),
    ...checkDrivers('spec.drivers', driversOf(node)),
  ],
  generationOf: () => undefined,
  columns: [
    nameColumn,
    {
      name: 'Drivers',
      type: 'integer',
      description: 'How many drivers are on the node.',
      cell: (node) => driversOf(node).length,
    },
    ageColumn,
  ],
};

type Drivers = readonly Given<CSINodeDriver>[];

const driversOf = (node: CSINode): Drivers => asGiven(node).spec?.drivers ?? [];

/** A driver comes and goes as a whole; only how many volumes fit may change. */
const checkKept = (drivers: Drivers, old: Drivers): readonly FieldError[] =>
  drivers.flatMap((driver) => {
    const before = old.find(({ name }) => name === driver.name);
    const { allocatable: _now, ...fixed } = driver;
    const { allocatable: _then, ...fixedBefore } = before ?? driver;
    return isDeepEqual(fixed, fixedBefore)
      ? []
      : [invalidValue('CSINodeDriver', driver, 'field is immutable')];
  });

const longestNodeId = 192;

function checkDrivers(path: string, drivers: Drivers): readonly FieldError[] {
  const names = drivers.map(({ name = '' }) => name);
  return drivers.flatMap(({ name = '', nodeID = '', topologyKeys = [], allocatable }, i) => [
    ...checkDriverName(at(path, i, 'name'), name),
    ...(nodeID ? [] : [required(at(path, i, 'nodeID'))]),
    ...(nodeID.length > longestNodeId
      ? [invalidValue(at(path, i, 'nodeID'), nodeID, `must be ${longestNodeId} characters or less`)]
      : []),
    ...checkNonNegative(at(path, i, 'allocatable', 'count'), allocatable?.count),
    ...topologyKeys.flatMap((key, j) => [
      ...(topologyKeys.indexOf(key) < j ? [duplicate(at(path, i, 'topologyKeys', j), key)] : []),
      ...checkQualifiedName(at(path, i, 'topologyKeys', j), key),
    ]),
    ...(names.indexOf(name) < i ? [duplicate(at(path, i, 'name'), name)] : []),
  ]);
}
