import type { Schema } from './schema.ts';

/**
 * Go drops the zero value of most optional fields when it writes an object, so that clients never see them. These
 * tables say where a zero value means something of its own.
 */
const keepsEmptyText = new Set(
  (
    'AdmissionregistrationV1ServiceReference.path AdmissionregistrationV1WebhookClientConfig.url ' +
    'AllocatedDeviceStatus.shareID AppArmorProfile.localhostProfile AzureDiskVolumeSource.cachingMode ' +
    'AzureDiskVolumeSource.fsType AzureDiskVolumeSource.kind ' +
    'AzureFilePersistentVolumeSource.secretNamespace CSIDriverSpec.fsGroupPolicy CSIVolumeSource.fsType ' +
    'ClusterTrustBundleProjection.name ClusterTrustBundleProjection.signerName Container.restartPolicy ' +
    'ContainerStatus.stopSignal CronJobSpec.timeZone DeleteOptions.propagationPolicy Device.nodeName ' +
    'DeviceAttribute.string DeviceAttribute.version DeviceClassSpec.extendedResourceName ' +
    'DeviceConstraint.distinctAttribute DeviceConstraint.matchAttribute ' +
    'DeviceRequestAllocationResult.shareID DiscoveryV1EndpointPort.appProtocol ' +
    'DiscoveryV1EndpointPort.name DiscoveryV1EndpointPort.protocol Endpoint.hostname Endpoint.nodeName ' +
    'Endpoint.zone EndpointAddress.nodeName EndpointPort.appProtocol EphemeralContainer.restartPolicy ' +
    'Event.reportingComponent Event.reportingInstance GRPCAction.service ' +
    'GlusterfsPersistentVolumeSource.endpointsNamespace HPAScalingRules.selectPolicy ' +
    'HostPathVolumeSource.type ISCSIPersistentVolumeSource.initiatorName ISCSIVolumeSource.initiatorName ' +
    'IngressClassParametersReference.apiGroup IngressClassParametersReference.namespace ' +
    'IngressClassParametersReference.scope IngressPortStatus.error IngressSpec.ingressClassName ' +
    'JobSpec.completionMode JobSpec.managedBy JobSpec.podReplacementPolicy JobStatus.failedIndexes ' +
    'LeaseSpec.holderIdentity LeaseSpec.preferredHolder LeaseSpec.strategy Lifecycle.stopSignal ' +
    'LoadBalancerIngress.ipMode LocalVolumeSource.fsType MatchResources.matchPolicy ' +
    'MutatingAdmissionPolicySpec.failurePolicy MutatingWebhook.failurePolicy MutatingWebhook.matchPolicy ' +
    'MutatingWebhook.reinvocationPolicy NamedRuleWithOperations.scope NetworkPolicyPort.protocol ' +
    'NodeAllocatableResourceMapping.capacityKey NodeRuntimeHandler.name ParamRef.parameterNotFoundAction ' +
    'PersistentVolumeClaimSpec.storageClassName PersistentVolumeClaimSpec.volumeAttributesClassName ' +
    'PersistentVolumeClaimSpec.volumeMode PersistentVolumeClaimStatus.currentVolumeAttributesClassName ' +
    'PersistentVolumeSpec.volumeAttributesClassName PersistentVolumeSpec.volumeMode ' +
    'PodDNSConfigOption.value PodDisruptionBudgetSpec.unhealthyPodEvictionPolicy ' +
    'PodFailurePolicyOnExitCodesRequirement.containerName PodFailurePolicyOnPodConditionsPattern.status ' +
    'PodGroupResourceClaim.resourceClaimName PodGroupResourceClaim.resourceClaimTemplateName ' +
    'PodGroupResourceClaimStatus.resourceClaimName PodGroupSpec.disruptionMode PodGroupTemplate.disruptionMode ' +
    'PodResourceClaim.resourceClaimName PodResourceClaim.resourceClaimTemplateName ' +
    'PodResourceClaimStatus.resourceClaimName PodSchedulingGroup.podGroupName ' +
    'PodSecurityContext.fsGroupChangePolicy PodSecurityContext.seLinuxChangePolicy ' +
    'PodSecurityContext.supplementalGroupsPolicy PodSpec.hostnameOverride PodSpec.preemptionPolicy ' +
    'PodSpec.runtimeClassName PortStatus.error Preconditions.resourceVersion Preconditions.uid ' +
    'PriorityClass.preemptionPolicy ResourceHealth.message ResourceSliceSpec.nodeName RoleRef.apiGroup ' +
    'RuleWithOperations.scope SeccompProfile.localhostProfile SecurityContext.procMount ' +
    'ServicePort.appProtocol ServiceSpec.internalTrafficPolicy ServiceSpec.ipFamilyPolicy ' +
    'ServiceSpec.loadBalancerClass ServiceSpec.trafficDistribution StatefulSetSpec.serviceName ' +
    'StorageClass.reclaimPolicy StorageClass.volumeBindingMode SuccessPolicyRule.succeededIndexes ' +
    'TokenRequestStatus.token TopologySpreadConstraint.nodeAffinityPolicy ' +
    'TopologySpreadConstraint.nodeTaintsPolicy TypedLocalObjectReference.apiGroup ' +
    'TypedObjectReference.apiGroup TypedObjectReference.namespace ' +
    'ValidatingAdmissionPolicySpec.failurePolicy ValidatingWebhook.failurePolicy ' +
    'ValidatingWebhook.matchPolicy Validation.reason VolumeAttachmentSource.persistentVolumeName ' +
    'VolumeMount.mountPropagation VolumeMount.recursiveReadOnly VolumeMountStatus.recursiveReadOnly ' +
    'WindowsSecurityContextOptions.gmsaCredentialSpec ' +
    'WindowsSecurityContextOptions.gmsaCredentialSpecName WindowsSecurityContextOptions.runAsUserName'
  ).split(' '),
);

/** Numbers and booleans for which zero and false are the same as nothing. */
const dropsZero = new Set(
  (
    'AWSElasticBlockStoreVolumeSource.partition AWSElasticBlockStoreVolumeSource.readOnly ' +
    'AzureFilePersistentVolumeSource.readOnly AzureFileVolumeSource.readOnly ' +
    'CSIPersistentVolumeSource.readOnly CephFSPersistentVolumeSource.readOnly CephFSVolumeSource.readOnly ' +
    'CinderPersistentVolumeSource.readOnly CinderVolumeSource.readOnly Condition.observedGeneration ' +
    'Container.stdin Container.stdinOnce Container.tty ContainerImage.sizeBytes ContainerPort.hostPort ' +
    'ContainerStateTerminated.signal DaemonSetSpec.minReadySeconds DaemonSetStatus.numberAvailable ' +
    'DaemonSetStatus.numberUnavailable DaemonSetStatus.observedGeneration ' +
    'DaemonSetStatus.updatedNumberScheduled DeploymentSpec.minReadySeconds DeploymentSpec.paused ' +
    'DeploymentStatus.availableReplicas DeploymentStatus.observedGeneration ' +
    'DeploymentStatus.readyReplicas DeploymentStatus.replicas DeploymentStatus.unavailableReplicas ' +
    'DeploymentStatus.updatedReplicas DeviceSubRequest.count EphemeralContainer.stdin ' +
    'EphemeralContainer.stdinOnce EphemeralContainer.tty Event.count EventSeries.count ' +
    'EventsV1Event.deprecatedCount ExactDeviceRequest.count FCVolumeSource.readOnly ' +
    'FlexPersistentVolumeSource.readOnly FlexVolumeSource.readOnly ' +
    'GCEPersistentDiskVolumeSource.partition GCEPersistentDiskVolumeSource.readOnly ' +
    'GlusterfsPersistentVolumeSource.readOnly GlusterfsVolumeSource.readOnly ' +
    'HorizontalPodAutoscalerStatus.currentReplicas ISCSIPersistentVolumeSource.chapAuthDiscovery ' +
    'ISCSIPersistentVolumeSource.chapAuthSession ISCSIPersistentVolumeSource.readOnly ' +
    'ISCSIVolumeSource.chapAuthDiscovery ISCSIVolumeSource.chapAuthSession ISCSIVolumeSource.readOnly ' +
    'JobStatus.active JobStatus.failed JobStatus.succeeded NFSVolumeSource.readOnly ' +
    'NodeSpec.unschedulable ObjectMeta.generation PersistentVolumeClaimVolumeSource.readOnly ' +
    'PodCondition.observedGeneration PodDisruptionBudgetStatus.observedGeneration PodSpec.hostIPC ' +
    'PodSpec.hostNetwork PodSpec.hostPID PodStatus.observedGeneration PortworxVolumeSource.readOnly ' +
    'PriorityClass.globalDefault Probe.failureThreshold Probe.initialDelaySeconds Probe.periodSeconds ' +
    'Probe.successThreshold Probe.timeoutSeconds QuobyteVolumeSource.readOnly ' +
    'RBDPersistentVolumeSource.readOnly RBDVolumeSource.readOnly ReplicaSetSpec.minReadySeconds ' +
    'ReplicaSetStatus.availableReplicas ReplicaSetStatus.fullyLabeledReplicas ' +
    'ReplicaSetStatus.observedGeneration ReplicaSetStatus.readyReplicas ' +
    'ReplicationControllerSpec.minReadySeconds ReplicationControllerStatus.availableReplicas ' +
    'ReplicationControllerStatus.fullyLabeledReplicas ReplicationControllerStatus.observedGeneration ' +
    'ReplicationControllerStatus.readyReplicas ResourcePolicyRule.clusterScope ' +
    'ScaleIOPersistentVolumeSource.readOnly ScaleIOPersistentVolumeSource.sslEnabled ' +
    'ScaleIOVolumeSource.readOnly ScaleIOVolumeSource.sslEnabled ScaleSpec.replicas ' +
    'ServiceBackendPort.number ServicePort.nodePort ServiceSpec.healthCheckNodePort ' +
    'ServiceSpec.publishNotReadyAddresses StatefulSetSpec.minReadySeconds ' +
    'StatefulSetStatus.currentReplicas StatefulSetStatus.observedGeneration ' +
    'StatefulSetStatus.readyReplicas StatefulSetStatus.updatedReplicas Status.code ' +
    'StatusDetails.retryAfterSeconds StorageOSPersistentVolumeSource.readOnly ' +
    'StorageOSVolumeSource.readOnly SubjectAccessReviewStatus.denied TokenReviewStatus.authenticated ' +
    'ValidatingAdmissionPolicyStatus.observedGeneration VolumeMount.readOnly VolumeMountStatus.readOnly'
  ).split(' '),
);

/** Lists that are written even when they are empty. */
const keepsEmptyList = new Set(
  (
    'AllocatedDeviceStatus.conditions CSINodeDriver.topologyKeys ClusterRole.rules ContainerImage.names ' +
    'DeviceClaim.requests EndpointSlice.endpoints EndpointSlice.ports ' +
    'HorizontalPodAutoscalerStatus.currentMetrics ProjectedVolumeSource.sources ' +
    'ResourcePolicyRule.namespaces Role.rules TokenRequestSpec.audiences'
  ).split(' '),
);

const formatsWithoutZero = new Set(['quantity', 'date-time', 'micro-time']);

/** Whether the zero value of an optional field is dropped when an object is read. */
export function omitsZero(field: string, schema: Schema): boolean {
  switch (schema.type) {
    case 'string':
      return !formatsWithoutZero.has(schema.format ?? '') && !keepsEmptyText.has(field);
    case 'boolean':
    case 'integer':
    case 'number':
      return dropsZero.has(field);
    case 'array':
      return !keepsEmptyList.has(field);
    case 'object':
      return schema.additionalProperties !== undefined;
    default:
      return false;
  }
}
