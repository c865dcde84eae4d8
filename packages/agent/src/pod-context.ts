import type { Clock, Logger } from '@berth/component-base';
import type { RuntimeService } from '@berth/cri';

import type { DnsOptions } from './dns.ts';
import type { PodObjects } from './env.ts';
import type { HookRunner } from './hooks.ts';
import type { ImagePuller } from './images.ts';
import type { PodEvents } from './pod-events.ts';
import type { PodFiles } from './pod-files.ts';
import type { SecurityOptions } from './security-context.ts';

/** What stays the same for all pods of a node. */
export interface NodeSettings {
  readonly nodeName: string;
  readonly hostIps: readonly string[];
  /** `containerd`: the scheme of container ids. */
  readonly runtimeName: string;
  readonly allocatable: Readonly<Record<string, string>>;
  readonly memoryBytes: number;
  readonly dns: DnsOptions;
  readonly security: SecurityOptions;
  readonly cgroupRoot: string | undefined;
}

/** The edges that carry out what was decided for a pod. */
export interface PodContext {
  readonly runtime: RuntimeService;
  readonly images: ImagePuller;
  readonly files: PodFiles;
  readonly hooks: HookRunner;
  readonly events: PodEvents;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settings: NodeSettings;
  /** What pods of a namespace may refer to. */
  readonly objects: (namespace: string) => PodObjects;
}
