import { pods } from '@berth/api';
import type { Pod, Toleration } from '@berth/api';
import type { Admission } from './admission.ts';
import { on } from './on.ts';

/** How long a pod stays on a node that went away, unless it says so itself. */
const seconds = 300;

const taints = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'] as const;

/** Pods tolerate a lost node for five minutes. */
export const defaultTolerationSeconds: Admission = {
  name: 'DefaultTolerationSeconds',
  handles: on(pods, 'CREATE', 'UPDATE'),
  mutate(object) {
    const pod = object as Pod;
    const present = pod.spec.tolerations ?? [];
    const missing = taints.filter((key) => !present.some((toleration) => covers(toleration, key)));
    if (missing.length === 0) return pod;
    const tolerations = [...present, ...missing.map(tolerationOf)];
    return { ...pod, spec: { ...pod.spec, tolerations } };
  },
};

const covers = ({ key, effect }: Toleration, taint: string): boolean =>
  (!key || key === taint) && (!effect || effect === 'NoExecute');

const tolerationOf = (key: string): Toleration => ({
  key,
  operator: 'Exists',
  effect: 'NoExecute',
  tolerationSeconds: seconds,
});
