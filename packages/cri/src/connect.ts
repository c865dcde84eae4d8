import { systemClock } from '@berth/component-base';
import type { Clock } from '@berth/component-base';
import type { Cri } from './cri.ts';

export interface CriClientOptions {
  /** `unix:///run/containerd/containerd.sock` */
  readonly endpoint: string;
  readonly clock?: Clock;
}

/**
 * Connects to a runtime. Rejects with `CriError` when it does not answer, and lives through its restarts afterwards:
 * calls fail as Unavailable until it is back. `containerEvents` is there only when the runtime offers it.
 */
export async function connectCri({
  endpoint,
  clock = systemClock,
}: CriClientOptions): Promise<Cri> {
  // gRPC costs megabytes that a process of simulated nodes never needs.
  const { createCriClient } = await import('./client.ts');
  return createCriClient(endpoint, clock);
}
