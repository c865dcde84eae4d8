import type { PodSandbox, PodSandboxConfig, PodSandboxStatus } from '../cri.ts';
import type { AddressPool } from './addresses.ts';

export interface SimulatedSandbox {
  readonly id: string;
  readonly config: PodSandboxConfig;
  isReady(): boolean;
  ip(): string | undefined;
  listed(): PodSandbox;
  status(): PodSandboxStatus;
  /** Gives its address back. */
  stop(): void;
}

export function createSandbox(
  id: string,
  config: PodSandboxConfig,
  { createdAt, addresses }: { readonly createdAt: number; readonly addresses: AddressPool },
): SimulatedSandbox {
  const { metadata, labels, annotations } = config;
  const onHost = config.linux?.securityContext?.namespaceOptions?.network === 'NODE';
  let ip = onHost ? undefined : addresses.take();
  let ready = true;
  const listed = (): PodSandbox => ({
    id,
    metadata,
    state: ready ? 'SANDBOX_READY' : 'SANDBOX_NOTREADY',
    createdAt,
    labels,
    annotations,
  });
  return {
    id,
    config,
    isReady: () => ready,
    ip: () => ip,
    listed,
    status: () => ({ ...listed(), network: { ip: ip ?? '', additionalIps: [] } }),
    stop() {
      if (ip !== undefined) addresses.give(ip);
      ip = undefined;
      ready = false;
    },
  };
}
