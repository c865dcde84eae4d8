import type { Volume } from '@berth/api';
import { itemIndent, titleIndent } from './containers.ts';
import type { Depth } from './containers.ts';
import { line } from './lines.ts';
import type { Line } from './lines.ts';

export function volumeLines(volumes: readonly Volume[] | undefined, depth: Depth): readonly Line[] {
  const title = titleIndent(depth) + line(0, 'Volumes:');
  if (!volumes || volumes.length === 0) return [`${title}\t<none>`];
  return [
    title,
    ...volumes.flatMap((volume) => [
      itemIndent(depth) + line(0, `${volume.name}:`),
      ...sourceLines(volume, 2),
    ]),
  ];
}

function sourceLines(volume: Volume, level: number): readonly Line[] {
  const { configMap, secret, emptyDir, hostPath, projected, persistentVolumeClaim } = volume;
  const type = (text: string) => line(level, 'Type:', text);
  if (configMap) {
    return [
      type('ConfigMap (a volume populated by a ConfigMap)'),
      line(level, 'Name:', configMap.name ?? ''),
      line(level, 'Optional:', configMap.optional ?? false),
    ];
  }
  if (secret) {
    return [
      type('Secret (a volume populated by a Secret)'),
      line(level, 'SecretName:', secret.secretName ?? ''),
      line(level, 'Optional:', secret.optional ?? false),
    ];
  }
  if (emptyDir) {
    return [
      type("EmptyDir (a temporary directory that shares a pod's lifetime)"),
      line(level, 'Medium:', emptyDir.medium ?? ''),
      line(level, 'SizeLimit:', emptyDir.sizeLimit ?? '<unset>'),
    ];
  }
  if (hostPath) {
    return [
      type('HostPath (bare host directory volume)'),
      line(level, 'Path:', hostPath.path),
      line(level, 'HostPathType:', hostPath.type ?? ''),
    ];
  }
  if (persistentVolumeClaim) {
    return [
      type('PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)'),
      line(level, 'ClaimName:', persistentVolumeClaim.claimName),
      line(level, 'ReadOnly:', persistentVolumeClaim.readOnly ?? false),
    ];
  }
  if (projected) {
    return [
      type('Projected (a volume that contains injected data from multiple sources)'),
      ...(projected.sources ?? []).flatMap((source) => projectionLines(source, level)),
    ];
  }
  const [kind = '<unknown>'] = Object.keys(volume).filter((key) => key !== 'name');
  return [type(kind)];
}

type Projection = NonNullable<NonNullable<Volume['projected']>['sources']>[number];

function projectionLines(source: Projection, level: number): readonly Line[] {
  const { secret, configMap, downwardAPI, serviceAccountToken } = source;
  if (secret) {
    return [
      line(level, 'SecretName:', secret.name ?? ''),
      line(level, 'Optional:', secret.optional ?? false),
    ];
  }
  if (configMap) {
    return [
      line(level, 'ConfigMapName:', configMap.name ?? ''),
      line(level, 'Optional:', configMap.optional ?? false),
    ];
  }
  if (downwardAPI) return [line(level, 'DownwardAPI:', true)];
  if (serviceAccountToken) {
    return [line(level, 'TokenExpirationSeconds:', serviceAccountToken.expirationSeconds ?? 3600)];
  }
  return [];
}
