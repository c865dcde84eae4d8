export interface Priority {
  /** Higher groups come first in discovery. */
  readonly group: number;
  /** Higher versions come first in their group. */
  readonly version: number;
}

/** Where clients find the versions of Kubernetes' own groups. */
const builtIn: ReadonlyMap<string, Priority> = new Map(
  `
  v1 18000 1
  apps/v1 17800 15
  events.k8s.io/v1 17750 15
  events.k8s.io/v1beta1 17750 5
  authentication.k8s.io/v1 17700 15
  authentication.k8s.io/v1beta1 17700 9
  authentication.k8s.io/v1alpha1 17700 1
  authorization.k8s.io/v1 17600 15
  autoscaling/v1 17500 15
  autoscaling/v2 17500 30
  batch/v1 17400 15
  certificates.k8s.io/v1 17300 15
  certificates.k8s.io/v1beta1 17300 9
  certificates.k8s.io/v1alpha1 17300 1
  networking.k8s.io/v1 17200 15
  networking.k8s.io/v1beta1 17200 9
  policy/v1 17100 15
  rbac.authorization.k8s.io/v1 17000 15
  storage.k8s.io/v1 16800 15
  storage.k8s.io/v1beta1 16800 9
  storage.k8s.io/v1alpha1 16800 1
  apiextensions.k8s.io/v1 16700 15
  admissionregistration.k8s.io/v1 16700 15
  admissionregistration.k8s.io/v1beta1 16700 12
  admissionregistration.k8s.io/v1alpha1 16700 9
  scheduling.k8s.io/v1 16600 15
  scheduling.k8s.io/v1alpha2 16600 1
  coordination.k8s.io/v1 16500 15
  coordination.k8s.io/v1beta1 16500 13
  coordination.k8s.io/v1alpha2 16500 12
  node.k8s.io/v1 16300 15
  discovery.k8s.io/v1 16200 15
  resource.k8s.io/v1 16200 20
  resource.k8s.io/v1beta2 16200 15
  resource.k8s.io/v1beta1 16200 9
  resource.k8s.io/v1alpha3 16200 1
  flowcontrol.apiserver.k8s.io/v1 16100 21
  internal.apiserver.k8s.io/v1alpha1 16000 9
  storagemigration.k8s.io/v1beta1 15800 9
  apiregistration.k8s.io/v1 18000 1
  metrics.k8s.io/v1beta1 100 100
  `
    .trim()
    .split(/\n\s*/)
    .map((line) => {
      const [groupVersion = '', group, version] = line.split(' ');
      return [groupVersion, { group: Number(group), version: Number(version) }];
    }),
);

/** For what users define. */
export const customPriority: Priority = { group: 1000, version: 100 };

/** By `apiVersion`; undefined for what is not Kubernetes' own. */
export const builtInPriority = (apiVersion: string): Priority | undefined =>
  builtIn.get(apiVersion);
