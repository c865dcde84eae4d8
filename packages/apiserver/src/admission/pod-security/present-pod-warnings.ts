import type { Pod } from '@berth/api';
import { reasonsOf, violationsOf } from './checks.ts';
import { formatLevel } from './policy.ts';
import type { LevelVersion } from './policy.ts';

/** How many pods are looked at before an answer. */
const mostPods = 3000;

/** Which pods of a namespace its new level would not let in: one line for all that fail for the same reasons. */
export function presentPodWarnings(
  namespace: string,
  enforce: LevelVersion,
  pods: readonly Pod[],
): readonly string[] {
  const byReasons = new Map<string, string[]>();
  for (const pod of pods.slice(0, mostPods)) {
    const reasons = reasonsOf(violationsOf(enforce, pod));
    if (reasons) byReasons.set(reasons, [...(byReasons.get(reasons) ?? []), pod.metadata.name]);
  }
  const lines = [...byReasons].map(([reasons, names]) => `${someOf(names)}: ${reasons}`).sort();
  return [
    ...(pods.length > mostPods
      ? [
          `new PodSecurity enforce level only checked against the first ${mostPods} of ${pods.length} existing pods`,
        ]
      : []),
    ...(lines.length > 0
      ? [
          `existing pods in namespace ${JSON.stringify(namespace)} violate the new PodSecurity enforce level ${JSON.stringify(formatLevel(enforce))}`,
        ]
      : []),
    ...lines,
  ];
}

function someOf(names: readonly string[]): string {
  const [first = ''] = [...names].sort();
  const others = names.length - 1;
  if (others === 0) return first;
  return `${first} (and ${others} other ${others === 1 ? 'pod' : 'pods'})`;
}
