import { pods } from '@berth/api';
import type { Pod, Toleration } from '@berth/api';
import type { Admission } from './admission.ts';
import { on } from './on.ts';

/** How long pods stay on a node that went away, unless they say so themselves; in seconds. */
export interface TolerationSeconds {
  readonly notReady: number;
  readonly unreachable: number;
}

/** Upstream's. */
export const usualTolerationSeconds: TolerationSeconds = { notReady: 300, unreachable: 300 };

/** Pods tolerate a lost node for a while. */
export function defaultTolerationSeconds({ notReady, unreachable }: TolerationSeconds): Admission {
  const wanted = [
    tolerationOf('node.kubernetes.io/not-ready', notReady),
    tolerationOf('node.kubernetes.io/unreachable', unreachable),
  ];
  return {
    name: 'DefaultTolerationSeconds',
    handles: on(pods, 'CREATE', 'UPDATE'),
    mutate(object) {
      const pod = object as Pod;
      const present = pod.spec.tolerations ?? [];
      const missing = wanted.filter(({ key }) => !present.some((other) => covers(other, key)));
      if (missing.length === 0) return pod;
      return { ...pod, spec: { ...pod.spec, tolerations: [...present, ...missing] } };
    },
  };
}

const covers = ({ key, effect }: Toleration, taint: string): boolean =>
  (!key || key === taint) && (!effect || effect === 'NoExecute');

const tolerationOf = (key: string, tolerationSeconds: number) => ({
  key,
  operator: 'Exists',
  effect: 'NoExecute',
  tolerationSeconds,
});
