import type { Pod } from '@berth/api';
import type { ResourceUsage, UsageReport } from '@berth/component-base/node-protocol';
import type { Usage } from '../usage.ts';

const none: ResourceUsage = { cpuNanocores: 0, memoryBytes: 0 };

/** What a node reports of itself and of the pods that are its own; of others it has nothing to say. */
export function usageOf(report: UsageReport, ownPods: readonly Pod[]): Usage {
  const own = new Set(ownPods.map(({ metadata }) => metadata.uid));
  const { timestampMs, windowMs, node = none, pods } = report;
  return {
    timestampMs,
    windowMs,
    node,
    pods: pods
      .filter(({ uid }) => own.has(uid))
      .map(({ containers, ...pod }) => ({
        ...pod,
        containers: containers.map(({ name, usage = none }) => ({ name, ...usage })),
      })),
  };
}
