import type { Namespace, NamespaceCondition } from '@berth/api';
import { formatTime } from '@berth/component-base';

/** What is left of one resource in a namespace that is to be emptied. */
export interface Remainder {
  /** `pods.`, `deployments.apps`: upstream's form in messages. */
  readonly resource: string;
  readonly count: number;
  /** Finalizers of the objects that are left, with how many objects wait for each. */
  readonly finalizers: ReadonlyMap<string, number>;
}

export interface Emptying {
  /** Why group versions did not say what they serve, by their names. */
  readonly undiscovered: ReadonlyMap<string, string>;
  readonly remainders: readonly Remainder[];
  /** Messages of what went wrong. */
  readonly failures: readonly string[];
}

/** The conditions of a terminating namespace, in upstream's words. */
export function planConditions(
  namespace: Namespace,
  { undiscovered, remainders, failures }: Emptying,
  now: number,
): readonly NamespaceCondition[] {
  const left = remainders.filter(({ count }) => count > 0);
  const finalizers = new Map<string, number>();
  for (const remainder of left) {
    for (const [name, count] of remainder.finalizers) {
      finalizers.set(name, (finalizers.get(name) ?? 0) + count);
    }
  }
  const wanted = [
    undiscovered.size > 0
      ? condition(
          'NamespaceDeletionDiscoveryFailure',
          true,
          'DiscoveryFailed',
          discoveryMessage(undiscovered),
        )
      : condition(
          'NamespaceDeletionDiscoveryFailure',
          false,
          'ResourcesDiscovered',
          'All resources successfully discovered',
        ),
    condition(
      'NamespaceDeletionGroupVersionParsingFailure',
      false,
      'ParsedGroupVersions',
      'All legacy kube types successfully parsed',
    ),
    failures.length > 0
      ? condition(
          'NamespaceDeletionContentFailure',
          true,
          'ContentDeletionFailed',
          `Failed to delete all resource types, ${failures.length} remaining: ${failures.join(', ')}`,
        )
      : condition(
          'NamespaceDeletionContentFailure',
          false,
          'ContentDeleted',
          'All content successfully deleted, may be waiting on finalization',
        ),
    left.length > 0
      ? condition(
          'NamespaceContentRemaining',
          true,
          'SomeResourcesRemain',
          `Some resources are remaining: ${left.map(({ resource, count }) => `${resource} has ${count} resource instances`).join(', ')}`,
        )
      : condition(
          'NamespaceContentRemaining',
          false,
          'ContentRemoved',
          'All content successfully removed',
        ),
    finalizers.size > 0
      ? condition(
          'NamespaceFinalizersRemaining',
          true,
          'SomeFinalizersRemain',
          `Some content in the namespace has finalizers remaining: ${[...finalizers].map(([name, count]) => `${name} in ${count} resource instances`).join(', ')}`,
        )
      : condition(
          'NamespaceFinalizersRemaining',
          false,
          'ContentHasNoFinalizers',
          'All content-preserving finalizers finished',
        ),
  ];
  return wanted.map((next) => {
    const known = namespace.status?.conditions?.find(({ type }) => type === next.type);
    const lastTransitionTime = known?.status === next.status ? known.lastTransitionTime : undefined;
    return { ...next, lastTransitionTime: lastTransitionTime ?? formatTime(now) };
  });
}

function discoveryMessage(undiscovered: ReadonlyMap<string, string>): string {
  const reasons = [...undiscovered].map(([groupVersion, why]) => `${groupVersion}: ${why}`).sort();
  return `Discovery failed for some groups, ${reasons.length} failing: unable to retrieve the complete list of server APIs: ${reasons.join(', ')}`;
}

/** Whether nothing is left, as far as anybody can know: what was not discovered may hold objects. */
export const isEmpty = ({ undiscovered, remainders, failures }: Emptying): boolean =>
  undiscovered.size === 0 && failures.length === 0 && remainders.every(({ count }) => count === 0);

const condition = (type: string, status: boolean, reason: string, message: string) => ({
  type,
  status: status ? 'True' : 'False',
  reason,
  message,
});
