import type { Pod } from '@berth/api';

import type { PodRuntimeStatus } from './pod-runtime.ts';
import { usesHostNetwork } from './pod-spec.ts';

/** Which sandbox a pod's containers belong in: the one there is, or a new one and why. */
export type SandboxNeed =
  { readonly use: 'existing'; readonly id: string } | { readonly use: 'new'; readonly why: string };

/** A half-made sandbox (one that never got ready, or got no address) counts as none. */
export function sandboxNeed(pod: Pod, { sandboxes }: PodRuntimeStatus): SandboxNeed {
  const [newest] = sandboxes;
  if (!newest) return { use: 'new', why: 'No sandbox for pod can be found' };
  if (sandboxes.filter(({ ready }) => ready).length > 1) {
    return { use: 'new', why: 'Multiple sandboxes are ready for pod' };
  }
  if (!newest.ready) return { use: 'new', why: 'No ready sandbox for pod can be found' };
  if (!usesHostNetwork(pod) && newest.ips.length === 0) {
    return { use: 'new', why: 'Sandbox for pod has no IP address' };
  }
  return { use: 'existing', id: newest.id };
}
