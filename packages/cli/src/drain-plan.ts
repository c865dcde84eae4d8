import { controllerOf } from '@berth/api';
import type { Pod } from '@berth/api';

export interface DrainOptions {
  readonly force: boolean;
  readonly ignoreDaemonSets: boolean;
  readonly deleteEmptyDirData: boolean;
  readonly disableEviction: boolean;
}

export interface DrainPlan {
  readonly evict: readonly Pod[];
  /** What a person has to know, but has agreed to. */
  readonly warnings: readonly string[];
  /** What a person has to agree to first; nothing is evicted while there is any. */
  readonly objections: readonly string[];
}

/** What one pod means for a drain. */
type Verdict =
  | { readonly kind: 'evict' | 'leave'; readonly warning?: string }
  | { readonly kind: 'object'; readonly why: string };

/** Which pods leave a node that is drained, in kubectl's order of questions. */
export function planDrain(pods: readonly Pod[], options: DrainOptions): DrainPlan {
  const judged = pods.map((pod) => ({ pod, verdict: judge(pod, options) }));
  const grouped = (of: (verdict: Verdict) => string | undefined) => {
    const groups = new Map<string, string[]>();
    for (const { pod, verdict } of judged) {
      const text = of(verdict);
      if (text !== undefined) groups.set(text, [...(groups.get(text) ?? []), nameOf(pod)]);
    }
    return [...groups].map(([text, names]) => `${text}: ${names.join(', ')}`);
  };
  return {
    evict: judged.flatMap(({ pod, verdict }) => (verdict.kind === 'evict' ? [pod] : [])),
    warnings: grouped((verdict) => (verdict.kind === 'object' ? undefined : verdict.warning)),
    objections: grouped((verdict) => (verdict.kind === 'object' ? verdict.why : undefined)),
  };
}

const nameOf = ({ metadata }: Pod) => `${metadata.namespace ?? ''}/${metadata.name}`;

function judge(pod: Pod, options: DrainOptions): Verdict {
  const { metadata, spec, status } = pod;
  const controller = controllerOf(pod);
  const isOver = status?.phase === 'Succeeded' || status?.phase === 'Failed';
  if (metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined) return { kind: 'leave' };
  if (controller?.kind === 'DaemonSet' && !isOver) {
    return options.ignoreDaemonSets
      ? { kind: 'leave', warning: 'ignoring DaemonSet-managed Pods' }
      : {
          kind: 'object',
          why: 'cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore)',
        };
  }
  const hasLocalData = spec.volumes?.some(({ emptyDir }) => emptyDir) ?? false;
  if (hasLocalData && !isOver && !options.deleteEmptyDirData) {
    return {
      kind: 'object',
      why: 'cannot delete Pods with local storage (use --delete-emptydir-data to override)',
    };
  }
  if (!controller && !isOver) {
    return options.force
      ? { kind: 'evict', warning: 'deleting Pods that declare no controller' }
      : {
          kind: 'object',
          why: 'cannot delete Pods that declare no controller (use --force to override)',
        };
  }
  return { kind: 'evict' };
}
