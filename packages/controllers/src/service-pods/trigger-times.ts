import { keyOf } from '@berth/api';
import type { Pod, Service } from '@berth/api';

export const triggerTimeAnnotation = 'endpoints.kubernetes.io/last-change-trigger-time';

/**
 * Since when a change of endpoints was due: the earliest of what happened to a service and its pods since the last
 * look. Whoever measures how long it takes until nodes know compares with it.
 */
export interface TriggerTimes {
  /** RFC 3339; undefined when nothing that counts has happened since the last call for this service. */
  next(service: Service, pods: readonly Pod[]): string | undefined;
  forget(key: string): void;
}

export function createTriggerTimes(): TriggerTimes {
  const seen = new Map<string, ReadonlyMap<string, string>>();
  return {
    next(service, pods) {
      const key = keyOf(service);
      const before = seen.get(key) ?? new Map<string, string>();
      const now = new Map([
        ['', service.metadata.creationTimestamp],
        ...pods.flatMap((pod) => {
          const since = readySince(pod);
          return since ? [[pod.metadata.name, since] as const] : [];
        }),
      ]);
      seen.set(key, now);
      // Times of one form sort as text.
      return [...now]
        .filter(([name, time]) => time > (before.get(name) ?? ''))
        .map(([, time]) => time)
        .sort()[0];
    },
    forget: (key) => void seen.delete(key),
  };
}

const readySince = ({ status }: Pod) =>
  status?.conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime;
