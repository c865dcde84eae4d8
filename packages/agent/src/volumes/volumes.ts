import type { Pod, Volume } from '@berth/api';
import { asWhole, parseQuantity } from '@berth/api';
import type { Clock } from '@berth/component-base';
import { chmod, lstat, mkdir, readlink, realpath, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import type { PodFacts } from '../field-ref.ts';
import { memoryDir, podDir, podMemoryDir, volumeDir } from '../node-paths.ts';
import type { NodePaths } from '../node-paths.ts';
import { hasPayload, writePayload } from './atomic-writer.ts';
import { volumeError } from './check-volumes.ts';
import { prepareHostPath } from './host-path.ts';
import type { Mounter } from './mounter.ts';
import { unmountBelow } from './mounter.ts';
import { giveToGroup } from './ownership.ts';
import { commonUser, payloadOf, projectionOf, tokensOf } from './projection.ts';
import type { ProjectionObjects } from './projection.ts';
import type { Tokens } from './tokens.ts';
import type { VolumeError } from './volume-error.ts';

/** Where a volume lies on the node. */
interface ReadyVolume {
  readonly path: string;
  /** Containers can never write to it. */
  readonly readOnly: boolean;
}

export interface ReadyVolumes {
  readonly volumes: ReadonlyMap<string, ReadyVolume>;
  /** When a token in one of them should be replaced. */
  readonly refreshAt?: number;
  /** Why volumes are missing above, or are there and could not be brought up to date. */
  readonly problems: readonly VolumeError[];
}

/** The volumes of pods on this node. */
export interface Volumes {
  /** Makes every volume of a pod and brings its files up to date; cheap when nothing changed. */
  prepare(facts: PodFacts, objects: Omit<ProjectionObjects, 'tokens'>): Promise<ReadyVolumes>;
  /** Unmounts and removes everything of a pod. */
  remove(uid: string): Promise<void>;
}

export interface VolumesOptions {
  readonly paths: NodePaths;
  readonly tokens: Tokens;
  readonly mounter: Mounter;
  readonly clock: Clock;
}

interface Prepared extends ReadyVolume {
  readonly refreshAt?: number;
}

export function createVolumes({ paths, tokens, mounter, clock }: VolumesOptions): Volumes {
  /** Mounted once for all pods: what lies in it never reaches a disk. */
  let memory: Promise<boolean> | undefined;
  const mountMemory = async (): Promise<boolean> => {
    const root = memoryDir(paths);
    await mkdir(root, { recursive: true, mode: 0o700 });
    if (!mounter.canMount) return false;
    if (!(await isMounted(root))) await mounter.tmpfs(root, undefined);
    return true;
  };

  const isMounted = async (dir: string) =>
    (await mounter.mountsBelow(dir)).includes(await realpath(dir));

  /** The folder of a volume of files; a secret one is a link into memory. */
  const filesDir = async (uid: string, plugin: string, name: string): Promise<string> => {
    const dir = volumeDir(paths, uid, plugin, name);
    const isSecret = plugin === 'secret' || plugin === 'projected';
    if (!isSecret || !(await (memory ??= mountMemory()))) {
      await mkdir(dir, { recursive: true, mode: 0o755 });
      return dir;
    }
    const target = join(podMemoryDir(paths, uid), plugin, name);
    await mkdir(target, { recursive: true, mode: 0o755 });
    await mkdir(dirname(dir), { recursive: true, mode: 0o750 });
    if ((await readlink(dir).catch(() => '')) !== target) await symlink(target, dir);
    return target;
  };

  const prepareFiles = async (
    facts: PodFacts,
    objects: Omit<ProjectionObjects, 'tokens'>,
    { name }: Volume,
    { plugin, sources, defaultMode }: NonNullable<ReturnType<typeof projectionOf>>,
  ): Promise<Prepared> => {
    const { pod } = facts;
    const dir = await filesDir(pod.metadata.uid, plugin, name);
    const issued = await Promise.all(
      tokensOf(sources).map(async (p) => [p.path, await tokens.get(pod, p)] as const),
    );
    const texts = new Map(issued.map(([path, { token }]) => [path, token]));
    const payload = payloadOf(facts, { ...objects, tokens: texts }, sources, defaultMode);
    const group = pod.spec.securityContext?.fsGroup;
    const user = issued.length > 0 ? commonUser(pod.spec) : undefined;
    await writePayload(dir, payload, { group, user }, clock.now());
    const moments = issued.map(([, { refreshAt }]) => refreshAt);
    return {
      path: dir,
      readOnly: true,
      ...(moments.length > 0 && { refreshAt: Math.min(...moments) }),
    };
  };

  const prepareEmptyDir = async (pod: Pod, { name, emptyDir = {} }: Volume): Promise<Prepared> => {
    const dir = volumeDir(paths, pod.metadata.uid, 'empty-dir', name);
    const ready = { path: dir, readOnly: false };
    const { medium = '', sizeLimit } = emptyDir;
    if (medium !== '' && medium !== 'Memory') throw new Error(`unsupported medium ${medium}`);
    const inMemory = medium === 'Memory' && mounter.canMount;
    const exists = (await lstat(dir).catch(() => undefined)) !== undefined;
    if (exists && (!inMemory || (await isMounted(dir)))) return ready;
    await mkdir(dir, { recursive: true, mode: 0o750 });
    if (inMemory) {
      await mounter.tmpfs(dir, sizeLimit ? asWhole(parseQuantity(sizeLimit)) : undefined);
    }
    await chmod(dir, 0o777);
    const { fsGroup, fsGroupChangePolicy } = pod.spec.securityContext ?? {};
    if (fsGroup !== undefined) await giveToGroup(dir, fsGroup, fsGroupChangePolicy);
    return ready;
  };

  const prepareOne = async (
    facts: PodFacts,
    objects: Omit<ProjectionObjects, 'tokens'>,
    volume: Volume,
  ): Promise<Prepared> => {
    const { name, hostPath, emptyDir } = volume;
    const projection = projectionOf(volume);
    if (projection) return prepareFiles(facts, objects, volume, projection);
    if (emptyDir) return prepareEmptyDir(facts.pod, volume);
    if (hostPath) {
      await prepareHostPath(hostPath);
      return { path: hostPath.path, readOnly: false };
    }
    throw new Error(
      `failed to get Plugin from volumeSpec for volume "${name}" err=no volume plugin matched`,
    );
  };

  /** Files that were written before stay good for containers although what they came from is gone. */
  const oldFiles = async (uid: string, volume: Volume): Promise<Prepared | undefined> => {
    const projection = projectionOf(volume);
    if (!projection) return undefined;
    const path = await filesDir(uid, projection.plugin, volume.name);
    return (await hasPayload(path)) ? { path, readOnly: true } : undefined;
  };

  return {
    async prepare(facts, objects) {
      const wanted = facts.pod.spec.volumes ?? [];
      const ready = new Map<string, Prepared>();
      const problems: VolumeError[] = [];
      const prepareNamed = async (volume: Volume) => {
        try {
          ready.set(volume.name, await prepareOne(facts, objects, volume));
        } catch (err) {
          problems.push(volumeError(volume.name, err));
          const old = await oldFiles(facts.pod.metadata.uid, volume);
          if (old) ready.set(volume.name, old);
        }
      };
      await Promise.all(wanted.map(prepareNamed));
      const moments = [...ready.values()].flatMap(({ refreshAt }) => refreshAt ?? []);
      return {
        volumes: ready,
        problems,
        ...(moments.length > 0 && { refreshAt: Math.min(...moments) }),
      };
    },
    async remove(uid) {
      tokens.forget(uid);
      const dir = podDir(paths, uid);
      if (mounter.canMount) await unmountBelow(mounter, dir);
      await rm(podMemoryDir(paths, uid), { recursive: true, force: true });
      await rm(dir, { recursive: true, force: true });
    },
  };
}
