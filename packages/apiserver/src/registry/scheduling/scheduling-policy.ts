import { invalidValue, required } from '@berth/api';
import type { FieldError, PodGroupSchedulingPolicy, PodGroupSpec } from '@berth/api';
import { checkOneOf, checkSubdomain } from '../core/field-checks.ts';
import type { Given } from '../core/given.ts';
import type { StrategyContext } from '../strategy.ts';

/** Exactly one policy, and a gang of one pod or more. */
export function checkPolicy(
  path: string,
  { basic, gang }: Given<PodGroupSchedulingPolicy> = {},
): readonly FieldError[] {
  if (basic && gang)
    return [
      invalidValue(
        path,
        '{basic, gang}',
        'exactly one of `basic`, `gang` is required, but multiple fields are set',
      ),
    ];
  if (basic) return [];
  if (!gang) return [invalidValue(path, '', 'must specify one of: `basic`, `gang`')];
  const { minCount = 0 } = gang;
  if (minCount === 0) return [required(`${path}.gang.minCount`)];
  return minCount < 0
    ? [invalidValue(`${path}.gang.minCount`, minCount, 'must be greater than or equal to 1')]
    : [];
}

type Disruption = Pick<PodGroupSpec, 'disruptionMode' | 'priorityClassName'>;

/** Pods of a group can be disrupted one by one unless it says otherwise. */
export const withDisruptionMode = <T extends Disruption>(group: T): T =>
  group.disruptionMode ? group : { ...group, disruptionMode: 'Pod' };

export const checkDisruption = (
  path: string,
  { disruptionMode, priorityClassName }: Given<Disruption>,
): readonly FieldError[] => [
  ...checkOneOf(`${path}.disruptionMode`, disruptionMode, ['Pod', 'PodGroup']),
  ...(priorityClassName ? checkSubdomain(`${path}.priorityClassName`, priorityClassName) : []),
];

/**
 * Without the fields of which upstream's gates are closed unless somebody opens them: TopologyAwareWorkloadScheduling
 * and DRAWorkloadResourceClaims. Such fields are dropped, not refused; who writes them is told.
 */
export function withoutGatedFields<T extends object>(
  path: string,
  group: T,
  warn: StrategyContext['warn'],
): T {
  const dropped = gated.filter((name) => Object.hasOwn(group, name));
  if (dropped.length === 0) return group;
  for (const name of dropped) warn(`${path}.${name}: dropped: it has no effect in this cluster`);
  const kept = Object.entries(group).filter(([name]) => !dropped.includes(name));
  return Object.fromEntries(kept) as T;
}

const gated: readonly string[] = ['schedulingConstraints', 'resourceClaims'];
