import type { ContainerEvent, ContainerStats } from './cri.ts';

interface Wrapped {
  readonly value: number;
}

/** `ContainerStats` on the wire, where numbers that may be missing are messages. */
export interface StatsMessage {
  readonly attributes: ContainerStats['attributes'];
  readonly cpu?: { readonly timestamp: number; readonly usageCoreNanoSeconds?: Wrapped };
  readonly memory?: { readonly timestamp: number; readonly workingSetBytes?: Wrapped };
  readonly writableLayer?: { readonly usedBytes?: Wrapped; readonly inodesUsed?: Wrapped };
}

/** A reading without its number is no reading. */
export function readStats({
  attributes,
  cpu,
  memory,
  writableLayer,
}: StatsMessage): ContainerStats {
  return {
    attributes,
    ...(cpu?.usageCoreNanoSeconds && {
      cpu: { timestamp: cpu.timestamp, usageCoreNanoSeconds: cpu.usageCoreNanoSeconds.value },
    }),
    ...(memory?.workingSetBytes && {
      memory: { timestamp: memory.timestamp, workingSetBytes: memory.workingSetBytes.value },
    }),
    ...(writableLayer && {
      writableLayer: {
        usedBytes: writableLayer.usedBytes?.value ?? 0,
        inodesUsed: writableLayer.inodesUsed?.value ?? 0,
      },
    }),
  };
}

export function writeStats({
  attributes,
  cpu,
  memory,
  writableLayer,
}: ContainerStats): StatsMessage {
  return {
    attributes,
    ...(cpu && {
      cpu: { timestamp: cpu.timestamp, usageCoreNanoSeconds: { value: cpu.usageCoreNanoSeconds } },
    }),
    ...(memory && {
      memory: { timestamp: memory.timestamp, workingSetBytes: { value: memory.workingSetBytes } },
    }),
    ...(writableLayer && {
      writableLayer: {
        usedBytes: { value: writableLayer.usedBytes },
        inodesUsed: { value: writableLayer.inodesUsed },
      },
    }),
  };
}

export interface EventMessage {
  readonly containerId: string;
  readonly containerEventType: `CONTAINER_${ContainerEvent['type']}_EVENT`;
  readonly podSandboxStatus?: { readonly id: string };
}

const eventTypes = {
  CONTAINER_CREATED_EVENT: 'CREATED',
  CONTAINER_STARTED_EVENT: 'STARTED',
  CONTAINER_STOPPED_EVENT: 'STOPPED',
  CONTAINER_DELETED_EVENT: 'DELETED',
} as const;

export const readEvent = (event: EventMessage): ContainerEvent => ({
  containerId: event.containerId,
  podSandboxId: event.podSandboxStatus?.id ?? '',
  type: eventTypes[event.containerEventType],
});

export const writeEvent = ({ containerId, podSandboxId, type }: ContainerEvent): EventMessage => ({
  containerId,
  containerEventType: `CONTAINER_${type}_EVENT`,
  podSandboxStatus: { id: podSandboxId },
});
