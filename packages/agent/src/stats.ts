import { sleep } from '@berth/component-base';
import type { Clock, Logger } from '@berth/component-base';
import type { ContainerStats, RuntimeService } from '@berth/cri';
import { readFile } from 'node:fs/promises';

import type { ContainerUsage, ControlPlane, Usage } from './control-plane.ts';
import { containerNameLabel, podNameLabel, podNamespaceLabel, podUidLabel } from './cri-labels.ts';

/** What the whole node has used: CPU time since it started, and memory in use now. */
export interface NodeUse {
  readonly cpuNanoseconds: number;
  readonly memoryBytes: number;
}

interface Sample {
  readonly at: number;
  readonly node: NodeUse;
  readonly containers: readonly ContainerStats[];
}

/** The rate between two samples; a container that is new or began anew in between has no rate yet and is left out. */
export function usageBetween(before: Sample, after: Sample): Usage {
  const earlier = new Map(before.containers.map((stats) => [stats.attributes.id, stats.cpu]));
  const pods = new Map<string, PodUsage>();
  for (const { attributes, cpu, memory } of after.containers) {
    const rate = cpuRate(earlier.get(attributes.id), cpu);
    const { labels } = attributes;
    const uid = labels[podUidLabel];
    if (rate === undefined || !uid) continue;
    const pod = pods.get(uid) ?? {
      uid,
      namespace: labels[podNamespaceLabel] ?? '',
      name: labels[podNameLabel] ?? '',
      containers: [],
    };
    const name = labels[containerNameLabel] ?? attributes.metadata.name;
    const memoryBytes = memory?.workingSetBytes ?? 0;
    pod.containers.push({ name, cpuNanocores: rate, memoryBytes });
    pods.set(uid, pod);
  }
  const windowMs = Math.max(1, after.at - before.at);
  const spent = Math.max(0, after.node.cpuNanoseconds - before.node.cpuNanoseconds);
  return {
    timestampMs: after.at,
    windowMs,
    node: {
      cpuNanocores: Math.round((spent / windowMs) * 1000),
      memoryBytes: after.node.memoryBytes,
    },
    pods: [...pods.values()],
  };
}

interface PodUsage {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly containers: ContainerUsage[];
}

type Cpu = ContainerStats['cpu'];

function cpuRate(before: Cpu, after: Cpu): number | undefined {
  if (!before || !after || after.timestamp <= before.timestamp) return undefined;
  const spent = after.usageCoreNanoSeconds - before.usageCoreNanoSeconds;
  if (spent < 0) return undefined;
  return Math.round((spent / (after.timestamp - before.timestamp)) * 1e9);
}

export interface StatsOptions {
  readonly runtime: RuntimeService;
  readonly controlPlane: Pick<ControlPlane, 'reportUsage'>;
  readonly readNodeUse: () => Promise<NodeUse>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly intervalMs: number;
}

/** Measures and reports what pods and the node use, until `signal` aborts. */
export async function runStats(options: StatsOptions, signal: AbortSignal): Promise<void> {
  const { runtime, controlPlane, readNodeUse, clock, logger, intervalMs } = options;
  let last: Sample | undefined;
  while (!signal.aborted) {
    try {
      const [containers, node] = await Promise.all([
        runtime.listContainerStats(undefined, signal),
        readNodeUse(),
      ]);
      const sample = { at: clock.now(), containers, node };
      if (last) await controlPlane.reportUsage(usageBetween(last, sample));
      last = sample;
    } catch (err) {
      logger.debug('Failed to report usage', { err });
    }
    await sleep(clock, intervalMs, signal);
  }
}

const ticksPerSecond = 100;

/** From /proc, which speaks of the whole machine. */
export async function readMachineUse(): Promise<NodeUse> {
  const [stat, meminfo] = await Promise.all([
    readFile('/proc/stat', 'utf8'),
    readFile('/proc/meminfo', 'utf8'),
  ]);
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = (
    /^cpu +(.*)$/m.exec(stat)?.[1] ?? ''
  )
    .split(' ')
    .map(Number);
  const kibibytes = (name: string) =>
    Number(new RegExp(`^${name}: +(\\d+)`, 'm').exec(meminfo)?.[1] ?? 0);
  return {
    cpuNanoseconds: ((user + nice + system + irq + softirq) / ticksPerSecond) * 1e9,
    memoryBytes: (kibibytes('MemTotal') - kibibytes('MemAvailable')) * 1024,
  };
}
