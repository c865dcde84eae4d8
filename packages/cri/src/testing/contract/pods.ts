import { join } from 'node:path';
import type { ContainerConfig, ContainerStatus, Cri, Labels, PodSandboxConfig } from '../../cri.ts';
import { eventually } from './eventually.ts';
import type { RuntimeUnderTest } from './runtime-under-test.ts';

let count = 0;

/** Sandbox configurations of their own names, so that tests do not see each other's. */
export function makeSandbox(
  { dir, cgroupParent }: RuntimeUnderTest,
  {
    labels = {},
    annotations = {},
  }: { readonly labels?: Labels; readonly annotations?: Labels } = {},
): PodSandboxConfig {
  const name = `pod-${process.pid}-${++count}`;
  return {
    metadata: { name, uid: `uid-${name}`, namespace: 'contract', attempt: 0 },
    hostname: name,
    logDirectory: join(dir, 'logs', name),
    labels,
    annotations,
    linux: { ...(cgroupParent && { cgroupParent: `${cgroupParent}/${name}` }) },
  };
}

type ContainerWish = Partial<ContainerConfig> & { readonly name?: string };

const makeContainer = (
  image: string,
  { name = 'main', ...rest }: ContainerWish,
): ContainerConfig => ({
  metadata: { name, attempt: 0 },
  image: { image },
  labels: {},
  annotations: {},
  logPath: `${name}/0.log`,
  // As the kubelet asks for unless a pod shares its processes.
  linux: { securityContext: { namespaceOptions: { pid: 'CONTAINER' } } },
  ...rest,
});

/** A sandbox for one test, and what is asked of it again and again. */
export interface PodUnderTest {
  readonly id: string;
  readonly config: PodSandboxConfig;
  create(wish: ContainerWish): Promise<string>;
  /** Created and started. */
  run(wish: ContainerWish): Promise<string>;
  /** The container's status once it has ended. */
  ended(id: string): Promise<ContainerStatus>;
}

export async function runPod(
  cri: Cri,
  config: PodSandboxConfig,
  image: string,
): Promise<PodUnderTest> {
  const id = await cri.runtime.runPodSandbox(config, '');
  const create = (wish: ContainerWish) =>
    cri.runtime.createContainer(id, makeContainer(image, wish), config);
  return {
    id,
    config,
    create,
    async run(wish) {
      const containerId = await create(wish);
      await cri.runtime.startContainer(containerId);
      return containerId;
    },
    ended: (containerId) =>
      eventually(async () => {
        const status = await cri.runtime.containerStatus(containerId);
        return status.state === 'CONTAINER_EXITED' ? status : undefined;
      }),
  };
}
