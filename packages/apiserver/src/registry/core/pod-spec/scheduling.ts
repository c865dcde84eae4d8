import { duplicate, invalidValue } from '@berth/api';
import type { FieldError, PodSchedulingGate, PodSchedulingGroup } from '@berth/api';
import { checkQualifiedName, checkSubdomain } from '../field-checks.ts';
import type { Given } from '../given.ts';

export const validateSchedulingGates = (
  path: string,
  gates: readonly Given<PodSchedulingGate>[],
): readonly FieldError[] =>
  gates.flatMap(({ name = '' }, i) => [
    ...checkQualifiedName(`${path}[${i}]`, name),
    ...(gates.slice(0, i).some((other) => other.name === name)
      ? [duplicate(`${path}[${i}]`, name)]
      : []),
  ]);

/** The group does not have to exist yet. */
export const validateSchedulingGroup = (
  path: string,
  { podGroupName }: Given<PodSchedulingGroup>,
): readonly FieldError[] =>
  podGroupName === undefined
    ? [invalidValue(path, '', 'must specify one of: `podGroupName`')]
    : checkSubdomain(`${path}.podGroupName`, podGroupName);
