import { keyOf } from '@berth/api';
import type { Pod, Service } from '@berth/api';
import type { Informer, Lister } from '@berth/client';

/** A service selects by plain labels; one without a selector has its endpoints made by somebody else. */
function selects({ spec }: Service, { metadata }: Pod): boolean {
  const selector = Object.entries(spec.selector ?? {});
  return selector.length > 0 && selector.every(([k, v]) => metadata.labels?.[k] === v);
}

export const selectedPods = (service: Service, pods: Lister<Pod>): readonly Pod[] =>
  pods.listNamespace(service.metadata.namespace ?? '').filter((pod) => selects(service, pod));

/** Calls `wake` with the key of each service that changes, and of each that selects or selected a pod that does. */
export function followSelections(
  services: Informer<Service>,
  pods: Informer<Pod>,
  wake: (key: string) => void,
): void {
  const wakeServicesOf = (...states: readonly Pod[]) => {
    for (const service of services.lister.listNamespace(states[0]?.metadata.namespace ?? '')) {
      if (states.some((pod) => selects(service, pod))) wake(keyOf(service));
    }
  };
  services.addHandler({
    added: (service) => wake(keyOf(service)),
    updated: (_, service) => wake(keyOf(service)),
    deleted: (service) => wake(keyOf(service)),
  });
  pods.addHandler({
    added: (pod) => wakeServicesOf(pod),
    updated: (before, pod) => wakeServicesOf(before, pod),
    deleted: (pod) => wakeServicesOf(pod),
  });
}
