import type { ObjectName, PlacementExplanation, PlacementPlanStatus } from '@berth/api';

/** Pods of other namespaces are none of the business of those who may not read them. */
const within = (namespace: string) => (name: ObjectName) =>
  name.namespace === undefined || name.namespace === namespace;

/** An explanation that names no pod of another namespace: what would be done to such a pod is left out. */
export function explanationWithin(
  explanation: PlacementExplanation,
  namespace: string,
): PlacementExplanation {
  const isShown = within(namespace);
  const { suggestions, preemption, ...status } = explanation.status;
  const shown = suggestions?.filter(({ changes }) =>
    changes.every(({ edits }) => edits.every(({ target }) => isShown(target))),
  );
  return {
    ...explanation,
    status: {
      ...status,
      ...(preemption && {
        preemption: {
          ...preemption,
          ...(preemption.victims && { victims: preemption.victims.filter(isShown) }),
        },
      }),
      ...(shown && { suggestions: shown }),
    },
  };
}

/** A plan that names no pod of other namespaces among those that would have to leave. */
export const planWithin = (
  status: PlacementPlanStatus,
  namespace: string,
): PlacementPlanStatus => ({
  ...status,
  pods: status.pods.map((pod) => ({
    ...pod,
    ...(pod.victims && { victims: pod.victims.filter(within(namespace)) }),
  })),
});
