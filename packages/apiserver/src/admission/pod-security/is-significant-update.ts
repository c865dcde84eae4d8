import type { Pod } from '@berth/api';
import { containersOf } from './visit.ts';

const seccompPod = 'seccomp.security.alpha.kubernetes.io/pod';
const seccompContainer = 'container.seccomp.security.alpha.kubernetes.io/';

/** Whether an update changes something that the standards may have an opinion on: other images, other containers. */
export function isSignificantUpdate(pod: Pod, old: Pod): boolean {
  const before = new Map(containersOf(old.spec).map((container) => [container.name, container]));
  const now = containersOf(pod.spec);
  const annotation = ({ metadata }: Pod, key: string) => metadata.annotations?.[key];
  return (
    now.length !== before.size ||
    annotation(pod, seccompPod) !== annotation(old, seccompPod) ||
    now.some(({ name, image }) => {
      const key = `${seccompContainer}${name}`;
      return before.get(name)?.image !== image || annotation(pod, key) !== annotation(old, key);
    })
  );
}
