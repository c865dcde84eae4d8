import { removePodLogs } from './disk-files.ts';
import { podLogDir, volumeDir } from './node-paths.ts';
import type { NodePaths } from './node-paths.ts';
import type { PodFiles } from './pod-files.ts';
import { missingForVolumes } from './volumes/check-volumes.ts';
import { projectionOf } from './volumes/projection.ts';

/**
 * Pods' files on a simulated node: volumes that cannot be ready fail as they do on a disk, and nothing is written.
 * With `hasLogs` the runtime writes real logs, which go with their pods.
 */
export const createVirtualFiles = (paths: NodePaths, hasLogs: boolean): PodFiles => ({
  volumes: {
    async prepare(facts, objects) {
      const problems = missingForVolumes(facts, objects);
      const bad = new Set(problems.map(({ volume }) => volume));
      const { metadata, spec } = facts.pod;
      const good = (spec.volumes ?? []).filter(({ name }) => !bad.has(name));
      const volumes = good.map((volume) => {
        const plugin = projectionOf(volume)?.plugin;
        const path = volumeDir(paths, metadata.uid, plugin ?? 'virtual', volume.name);
        return [volume.name, { path, readOnly: plugin !== undefined }] as const;
      });
      return { volumes: new Map(volumes), problems };
    },
    remove: async () => undefined,
  },
  logDirectory: (pod) => podLogDir(paths, pod),
  mounts: async () => [],
  writeHosts: async () => undefined,
  terminationMessage: async () => '',
  logTail: async () => '',
  removeContainer: async () => undefined,
  removePod: async (uid) => (hasLogs ? removePodLogs(paths, uid) : undefined),
  uids: async () => [],
});
