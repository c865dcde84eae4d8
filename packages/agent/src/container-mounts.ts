import type { Container, VolumeMount } from '@berth/api';
import type { Mount } from '@berth/cri';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';

import { expand } from './expand.ts';
import { containerDir, safeName, subPathDir } from './node-paths.ts';
import type { NodePaths } from './node-paths.ts';
import type { MountRequest } from './pod-files.ts';
import { configError, textOf } from './start-error.ts';
import type { Mounter } from './volumes/mounter.ts';
import { prepareSubPath } from './volumes/sub-path.ts';

/** The mounts that `volumeMounts` ask for. */
export async function volumeMounts(
  paths: NodePaths,
  mounter: Mounter,
  request: MountRequest,
): Promise<readonly Mount[]> {
  const wanted = request.spec.container.volumeMounts ?? [];
  const mounts: Mount[] = [];
  for (const [index, mount] of wanted.entries()) {
    mounts.push(await volumeMount(paths, mounter, request, mount, index));
  }
  return mounts;
}

const propagations: Readonly<Record<string, Mount['propagation']>> = {
  HostToContainer: 'PROPAGATION_HOST_TO_CONTAINER',
  Bidirectional: 'PROPAGATION_BIDIRECTIONAL',
};

async function volumeMount(
  paths: NodePaths,
  mounter: Mounter,
  request: MountRequest,
  mount: VolumeMount,
  index: number,
): Promise<Mount> {
  const { name, mountPath, mountPropagation, readOnly = false } = mount;
  const volume = request.volumes.get(name);
  if (!volume)
    throw configError(
      `cannot find volume "${name}" to mount into container "${request.spec.container.name}"`,
    );
  const subPath = subPathOf(request, mount);
  const hostPath = subPath
    ? await subPathOnNode(paths, mounter, request, { volume: volume.path, name, subPath, index })
    : volume.path;
  return {
    containerPath: isAbsolute(mountPath) ? mountPath : join('/', mountPath),
    hostPath,
    readonly: readOnly || volume.readOnly,
    propagation: propagations[mountPropagation ?? ''] ?? 'PROPAGATION_PRIVATE',
  };
}

/** Whether what is mounted into a container depends on its environment. */
export const expandsSubPaths = ({ volumeMounts = [] }: Container): boolean =>
  volumeMounts.some(({ subPathExpr }) => Boolean(subPathExpr));

function subPathOf({ env }: MountRequest, { subPath, subPathExpr }: VolumeMount): string {
  if (!subPathExpr) return subPath ?? '';
  const missing = new Set<string>();
  const expanded = expand(subPathExpr, (name) => {
    const value = env.get(name) ?? '';
    // What is empty would name another folder than the pod means: the volume itself.
    if (value === '') missing.add(name);
    return value;
  });
  if (missing.size > 0) throw configError(`missing value for ${[...missing].sort().join(', ')}`);
  return expanded;
}

async function subPathOnNode(
  paths: NodePaths,
  mounter: Mounter,
  { pod, spec }: MountRequest,
  {
    volume,
    name,
    subPath,
    index,
  }: {
    readonly volume: string;
    readonly name: string;
    readonly subPath: string;
    readonly index: number;
  },
): Promise<string> {
  const { name: container } = spec.container;
  const base = join(subPathDir(paths, pod.metadata.uid), safeName(name), safeName(container));
  try {
    return await prepareSubPath({ volume, subPath, target: join(base, String(index)) }, mounter);
  } catch (err) {
    const where = `subPath for volumeMount "${name}" of container "${container}"`;
    throw configError(`failed to prepare ${where}: ${textOf(err)}`);
  }
}

/** An empty file that the container may leave a last word in. */
export async function terminationMount(
  paths: NodePaths,
  uid: string,
  { name, terminationMessagePath }: Container,
  attempt: number,
): Promise<readonly Mount[]> {
  if (!terminationMessagePath) return [];
  const dir = containerDir(paths, uid, name);
  const hostPath = join(dir, String(attempt));
  await mkdir(dir, { recursive: true, mode: 0o750 });
  await writeFile(hostPath, '');
  // Whoever the container runs as may write to it, whatever the umask says.
  await chmod(hostPath, 0o666);
  return [{ containerPath: terminationMessagePath, hostPath }];
}

export const mountsOver = ({ volumeMounts = [] }: Container, path: string): boolean =>
  volumeMounts.some(({ mountPath }) => mountPath.replace(/(.)\/+$/, '$1') === path);
