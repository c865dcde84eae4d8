import { createCertificateApprover } from './certificates/approver.ts';
import { createCertificateCleaner } from './certificates/cleaner.ts';
import { createCertificateSigner } from './certificates/signer.ts';
import type { SigningOptions } from './certificates/signer.ts';
import { createClusterRoleAggregation } from './cluster-role-aggregation/controller.ts';
import type { Controller, ControllerContext } from './controller.ts';
import { createCronJobController } from './cronjob/controller.ts';
import { createDaemonSetController } from './daemonset/controller.ts';
import { createDeploymentController } from './deployment/controller.ts';
import { createDisruptionController } from './disruption/controller.ts';
import { createStaleDisruptionController } from './disruption/stale-condition.ts';
import { createEndpointSliceMirroring } from './endpoint-slice-mirroring/controller.ts';
import { createEndpointSliceController } from './endpoint-slice/controller.ts';
import { createEndpointsController } from './endpoints/controller.ts';
import { createGarbageCollector } from './garbage-collector/controller.ts';
import { createHpaController, hpaDefaults } from './horizontal-pod-autoscaler/controller.ts';
import type { HpaOptions } from './horizontal-pod-autoscaler/controller.ts';
import { createJobController } from './job/controller.ts';
import { createJobOrphanController } from './job/orphan-pods.ts';
import { createNamespaceController } from './namespace/controller.ts';
import { createNodeIpamController, nodeIpamDefaults } from './node-ipam/controller.ts';
import type { NodeIpamOptions } from './node-ipam/controller.ts';
import {
  createNodeLifecycleController,
  nodeLifecycleDefaults,
} from './node-lifecycle/controller.ts';
import type { NodeLifecycleOptions } from './node-lifecycle/controller.ts';
import { createPersistentVolumeController } from './persistent-volume/controller.ts';
import {
  createPodGarbageCollector,
  podCleanupDefaults,
} from './pod-garbage-collector/controller.ts';
import type { PodCleanupOptions } from './pod-garbage-collector/controller.ts';
import { createReplicaSetController } from './replicaset/controller.ts';
import { createReplicationController } from './replication-controller/controller.ts';
import { createResourceQuotaController } from './resource-quota/controller.ts';
import { createServiceAccountController } from './service-account/controller.ts';
import { createServiceAccountTokenController } from './service-account-token/controller.ts';
import { createStatefulSetController } from './statefulset/controller.ts';
import { createTtlAfterFinishedController } from './ttl-after-finished/controller.ts';
import { createClaimProtection, createVolumeProtection } from './volume-protection/controller.ts';

export interface ControllersOptions {
  /** PEM of the cluster's root authority, published into every namespace. */
  readonly rootCa: string;
  /** What certificate requests are signed with; they stay unsigned without it. */
  readonly signing?: SigningOptions;
  readonly nodeLifecycle?: Partial<NodeLifecycleOptions>;
  readonly hpa?: Partial<HpaOptions>;
  readonly nodeIpam?: Partial<NodeIpamOptions>;
  readonly podCleanup?: Partial<PodCleanupOptions>;
}

/** Every controller of the control plane: one row each. */
export const createControllers = (
  context: ControllerContext,
  { rootCa, signing, nodeLifecycle, hpa, nodeIpam, podCleanup }: ControllersOptions,
): readonly Controller[] => [
  createNamespaceController(context),
  createServiceAccountController(context, rootCa),
  createServiceAccountTokenController(context, rootCa),
  createDeploymentController(context),
  createReplicaSetController(context),
  createReplicationController(context),
  createStatefulSetController(context),
  createDaemonSetController(context),
  createJobController(context),
  createJobOrphanController(context),
  createTtlAfterFinishedController(context),
  createCronJobController(context),
  createEndpointSliceController(context),
  createEndpointSliceMirroring(context),
  createEndpointsController(context),
  createDisruptionController(context),
  createStaleDisruptionController(context),
  createHpaController(context, { ...hpaDefaults, ...hpa }),
  createNodeIpamController(context, { ...nodeIpamDefaults, ...nodeIpam }),
  createNodeLifecycleController(context, { ...nodeLifecycleDefaults, ...nodeLifecycle }),
  createResourceQuotaController(context),
  createGarbageCollector(context),
  createPodGarbageCollector(context, { ...podCleanupDefaults, ...podCleanup }),
  createCertificateApprover(context),
  createCertificateCleaner(context),
  createClusterRoleAggregation(context),
  createPersistentVolumeController(context),
  createClaimProtection(context),
  createVolumeProtection(context),
  ...(signing ? [createCertificateSigner(context, signing)] : []),
];
