import type { PodSpec } from '@berth/api';
import { claimSpecWarnings } from '../claim-spec.ts';
import type { Given } from '../given.ts';

type Volume = Given<NonNullable<PodSpec['volumes']>[number]>;
type Projection = NonNullable<NonNullable<Volume['projected']>['sources']>[number];

/** Kinds of volumes that no node can mount any longer. */
export const goneVolumes: Readonly<Record<string, string>> = {
  photonPersistentDisk: 'deprecated in v1.11, non-functional in v1.16+',
  gitRepo: 'deprecated in v1.11, and disabled by default in v1.33+',
  scaleIO: 'deprecated in v1.16, non-functional in v1.22+',
  flocker: 'deprecated in v1.22, non-functional in v1.25+',
  storageos: 'deprecated in v1.22, non-functional in v1.25+',
  quobyte: 'deprecated in v1.22, non-functional in v1.25+',
  glusterfs: 'deprecated in v1.25, non-functional in v1.26+',
  cephfs: 'deprecated in v1.28, non-functional in v1.31+',
  rbd: 'deprecated in v1.28, non-functional in v1.31+',
};

/** Of volumes that cannot be mounted, and of files in them that hide each other. */
export const podVolumeWarnings = (path: string, volumes: readonly Volume[]): readonly string[] => [
  ...volumes.flatMap((volume, i) => [
    ...Object.entries(goneVolumes)
      .filter(([kind]) => kind in volume)
      .map(([kind, since]) => `${path}[${i}].${kind}: ${since}`),
    ...(volume.ephemeral?.volumeClaimTemplate
      ? claimSpecWarnings(
          `${path}[${i}].ephemeral.volumeClaimTemplate.spec`,
          volume.ephemeral.volumeClaimTemplate.spec ?? {},
        )
      : []),
  ]),
  ...volumes.flatMap(overlapWarnings),
];

function overlapWarnings(volume: Volume): readonly string[] {
  const { name, configMap, secret, downwardAPI, projected } = volume;
  const title = `volume ${JSON.stringify(name ?? '')}`;
  const within = (items: Paths | undefined, what: string) =>
    overlaps(pathsOf(items), `${title} (${what})`);
  return [
    ...within(configMap?.items, `ConfigMap ${JSON.stringify(configMap?.name ?? '')}`),
    ...within(secret?.items, `Secret ${JSON.stringify(secret?.secretName ?? '')}`),
    ...within(downwardAPI?.items, 'DownwardAPI'),
    ...(projected ? projectedWarnings(title, projected.sources ?? []) : []),
  ];
}

type Paths = readonly { readonly path?: string }[];

const pathsOf = (items: Paths = []) => items.map(({ path = '' }) => path);

function projectedWarnings(title: string, sources: readonly Projection[]): readonly string[] {
  const warnings: string[] = [];
  const all = new Set<string>();
  for (const source of sources) {
    if (Object.keys(source).length === 0) {
      warnings.push(`${title} (Projected) has no sources provided`);
      continue;
    }
    const { what, paths } = projectedPaths(source);
    const about = `${title} (Projected ${what})`;
    warnings.push(...overlaps(paths, about));
    // Sorted, so that a directory comes before what is in it, whichever source was first.
    warnings.push(...overlaps([...new Set([...paths]), ...all].sort(), about));
    for (const path of paths) all.add(path);
  }
  return [...new Set(warnings)];
}

function projectedPaths(source: Projection): {
  readonly what: string;
  readonly paths: readonly string[];
} {
  const { configMap, secret, downwardAPI, serviceAccountToken, clusterTrustBundle } = source;
  const quoted = (text = '') => JSON.stringify(text);
  if (configMap?.items)
    return { what: `ConfigMap ${quoted(configMap.name)}`, paths: pathsOf(configMap.items) };
  if (secret?.items) return { what: `Secret ${quoted(secret.name)}`, paths: pathsOf(secret.items) };
  if (downwardAPI?.items) return { what: 'DownwardAPI', paths: pathsOf(downwardAPI.items) };
  if (serviceAccountToken)
    return { what: 'ServiceAccountToken', paths: [serviceAccountToken.path ?? ''] };
  if (clusterTrustBundle) {
    const { name, signerName, path = '' } = clusterTrustBundle;
    return { what: `ClusterTrustBundle ${quoted(name ?? signerName)}`, paths: [path] };
  }
  return { what: '', paths: [] };
}

/** Files that lie at the place of another, or where another needs a directory. */
function overlaps(paths: readonly string[], about: string): readonly string[] {
  const seen: string[] = [];
  const warnings: string[] = [];
  for (const path of paths) {
    const plain = path.replace(/\/+$/, '');
    const other = seen.find((one) => isWithin(one, plain) || isWithin(plain, one));
    if (other !== undefined)
      warnings.push(
        `${about}: overlapping paths: ${JSON.stringify(plain)} with ${JSON.stringify(other)}`,
      );
    seen.push(plain);
  }
  return warnings;
}

const isWithin = (path: string, directory: string) => `${path}/`.startsWith(`${directory}/`);
