import { invalidValue, required } from '@berth/api';
import type { FieldError, PodGroupSchedulingPolicy } from '@berth/api';
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

/**
 * Without the fields of which upstream's gates are closed unless somebody opens them: TopologyAwareWorkloadScheduling,
 * WorkloadAwarePreemption and DRAWorkloadResourceClaims. Such fields are dropped, not refused; who writes them is told.
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

const gated: readonly string[] = [
  'schedulingConstraints',
  'resourceClaims',
  'disruptionMode',
  'priorityClassName',
  'priority',
];
