import type { Pod } from '@berth/api';

export type Referable = 'secrets' | 'configmaps' | 'persistentvolumeclaims' | 'serviceaccounts';

/** The names, of one kind and in the pod's own namespace, that a node needs to know to run the pod. */
export function referencesOf(pod: Pod, kind: Referable): ReadonlySet<string> {
  return new Set(names(pod, kind).filter((name): name is string => Boolean(name)));
}

function names({ metadata, spec }: Pod, kind: Referable): (string | undefined)[] {
  switch (kind) {
    case 'serviceaccounts':
      return [spec.serviceAccountName ?? 'default'];
    case 'persistentvolumeclaims':
      return volumesOf(spec).flatMap(({ name, persistentVolumeClaim, ephemeral }) => [
        persistentVolumeClaim?.claimName,
        ephemeral && `${metadata.name}-${name}`,
      ]);
    case 'configmaps':
      return [
        ...volumesOf(spec).map(({ configMap }) => configMap?.name),
        ...projectionsOf(spec).map(({ configMap }) => configMap?.name),
        ...containersOf(spec).flatMap(({ env = [], envFrom = [] }) => [
          ...env.map(({ valueFrom }) => valueFrom?.configMapKeyRef?.name),
          ...envFrom.map(({ configMapRef }) => configMapRef?.name),
        ]),
      ];
    case 'secrets':
      return [
        ...(spec.imagePullSecrets ?? []).map(({ name }) => name),
        ...volumesOf(spec).flatMap(({ secret, csi, cephfs, iscsi, rbd, flexVolume }) => [
          secret?.secretName,
          csi?.nodePublishSecretRef?.name,
          cephfs?.secretRef?.name,
          iscsi?.secretRef?.name,
          rbd?.secretRef?.name,
          flexVolume?.secretRef?.name,
        ]),
        ...projectionsOf(spec).map(({ secret }) => secret?.name),
        ...containersOf(spec).flatMap(({ env = [], envFrom = [] }) => [
          ...env.map(({ valueFrom }) => valueFrom?.secretKeyRef?.name),
          ...envFrom.map(({ secretRef }) => secretRef?.name),
        ]),
      ];
  }
}

type Spec = Pod['spec'];

const volumesOf = ({ volumes = [] }: Spec) => volumes;
const projectionsOf = (spec: Spec) =>
  volumesOf(spec).flatMap(({ projected }) => projected?.sources ?? []);
const containersOf = (spec: Spec) => [
  ...(spec.initContainers ?? []),
  ...spec.containers,
  ...(spec.ephemeralContainers ?? []),
];
