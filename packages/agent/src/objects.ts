import type { Pod } from '@berth/api';

import type { ControlPlane, Level } from './control-plane.ts';
import type { PodObjects } from './env.ts';

/** What pods of a namespace may refer to, straight from the levels. */
export const objectsOf =
  ({ configMaps, secrets, services }: Pick<ControlPlane, 'configMaps' | 'secrets' | 'services'>) =>
  (namespace: string): PodObjects => ({
    configMap: (name) => configMaps.get(`${namespace}/${name}`),
    secret: (name) => secrets.get(`${namespace}/${name}`),
    services: services.list(),
  });

/** The keys (`namespace/name`) of the objects that a pod refers to. */
export function referencesOf({ metadata, spec }: Pod): {
  readonly configMaps: ReadonlySet<string>;
  readonly secrets: ReadonlySet<string>;
} {
  const containers = [
    ...(spec.initContainers ?? []),
    ...spec.containers,
    ...(spec.ephemeralContainers ?? []),
  ];
  const key = (name: string | undefined) => (name ? [`${metadata.namespace ?? ''}/${name}`] : []);
  const volumes = spec.volumes ?? [];
  const projections = volumes.flatMap(({ projected }) => projected?.sources ?? []);
  const envs = containers.flatMap(({ env = [] }) =>
    env.flatMap(({ valueFrom }) => valueFrom ?? []),
  );
  const envFroms = containers.flatMap(({ envFrom = [] }) => envFrom);
  return {
    configMaps: new Set([
      ...volumes.flatMap(({ configMap }) => key(configMap?.name)),
      ...projections.flatMap(({ configMap }) => key(configMap?.name)),
      ...envs.flatMap(({ configMapKeyRef }) => key(configMapKeyRef?.name)),
      ...envFroms.flatMap(({ configMapRef }) => key(configMapRef?.name)),
    ]),
    secrets: new Set([
      ...volumes.flatMap(({ secret }) => key(secret?.secretName)),
      ...projections.flatMap(({ secret }) => key(secret?.name)),
      ...envs.flatMap(({ secretKeyRef }) => key(secretKeyRef?.name)),
      ...envFroms.flatMap(({ secretRef }) => key(secretRef?.name)),
      ...(spec.imagePullSecrets ?? []).flatMap(({ name }) => key(name)),
    ]),
  };
}

/** Whether the first full state of everything has come. */
export const allSynced = (levels: readonly Pick<Level<never>, 'hasSynced'>[]): boolean =>
  levels.every((level) => level.hasSynced());
