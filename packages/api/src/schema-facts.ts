import { enumOf } from './schema-enum-facts.ts';
import type { Schema } from './schema.ts';

/** What the generated file cannot say: how lists and maps merge, what is a quantity, what a missing key counts as. */
type Facts = Partial<Schema>;

/** A list map whose strategic merge key is its first key. */
const merged = (...keys: readonly string[]): Facts => ({
  listType: 'map',
  listMapKeys: keys,
  patchStrategy: ['merge'],
  ...(keys[0] !== undefined && { patchMergeKey: keys[0] }),
});
/** The same for elements that are unions: a strategic patch may say which members to keep. */
const retained = (key: string): Facts => ({
  ...merged(key),
  patchStrategy: ['merge', 'retainKeys'],
});
/** A list map that a strategic patch replaces as a whole. */
const keyed = (...keys: readonly string[]): Facts => ({ listType: 'map', listMapKeys: keys });
/** Merges in a strategic patch, while server-side apply takes the list as one value. */
const mergedAtomic = (key: string): Facts => ({ patchStrategy: ['merge'], patchMergeKey: key });
const set: Facts = { listType: 'set' };
const mergedSet: Facts = { listType: 'set', patchStrategy: ['merge'] };
const nestedSchema: Facts = { objectRef: 'JSONSchemaProps' };
const atomicMap: Facts = { mapType: 'atomic' };

const fields: Readonly<Record<string, Facts>> = {
  'APIServiceStatus.conditions': merged('type'),
  'AllocatedDeviceStatus.conditions': keyed('type'),
  'CSIDriverSpec.volumeLifecycleModes': set,
  'CSINodeSpec.drivers': merged('name'),
  'CertificateSigningRequestStatus.conditions': keyed('type'),
  'ComponentStatus.conditions': merged('type'),
  'Container.env': merged('name'),
  'Container.ports': merged('containerPort', 'protocol'),
  'Container.volumeDevices': merged('devicePath'),
  'Container.volumeMounts': merged('mountPath'),
  'ContainerRestartRuleOnExitCodes.values': set,
  'ContainerStatus.allocatedResourcesStatus': merged('name'),
  'ContainerStatus.volumeMounts': merged('mountPath'),
  'CustomResourceDefinitionStatus.conditions': keyed('type'),
  'DaemonSetStatus.conditions': merged('type'),
  'DeploymentSpec.strategy': { patchStrategy: ['retainKeys'] },
  'DeploymentStatus.conditions': merged('type'),
  'Endpoint.addresses': set,
  'EphemeralContainer.env': merged('name'),
  'EphemeralContainer.ports': merged('containerPort', 'protocol'),
  'EphemeralContainer.volumeDevices': merged('devicePath'),
  'EphemeralContainer.volumeMounts': merged('mountPath'),
  'FlowSchemaStatus.conditions': merged('type'),
  'HorizontalPodAutoscalerStatus.conditions': merged('type'),
  'CustomResourceSubresources.status': { properties: {}, preserveUnknownFields: false },
  'JSONSchemaProps.additionalItems': nestedSchema,
  'JSONSchemaProps.additionalProperties': nestedSchema,
  'JSONSchemaProps.items': nestedSchema,
  'JSONSchemaProps.x-kubernetes-validations': merged('rule'),
  'JobStatus.conditions': mergedAtomic('type'),
  'MutatingAdmissionPolicySpec.matchConditions': merged('name'),
  'MutatingWebhook.matchConditions': merged('name'),
  'MutatingWebhookConfiguration.webhooks': merged('name'),
  'NamespaceStatus.conditions': merged('type'),
  'NodeAllocatableResourceClaimStatus.containers': set,
  'NodeSpec.podCIDRs': mergedSet,
  'NodeStatus.addresses': merged('type'),
  'NodeStatus.conditions': merged('type'),
  'NonResourcePolicyRule.nonResourceURLs': set,
  'NonResourcePolicyRule.verbs': set,
  'ObjectMeta.finalizers': mergedSet,
  'ObjectMeta.ownerReferences': merged('uid'),
  'PersistentVolumeClaimStatus.conditions': merged('type'),
  'PersistentVolumeSpec.claimRef': { mapType: 'granular' },
  'PodDisruptionBudgetSpec.selector': { patchStrategy: ['replace'] },
  'PodDisruptionBudgetStatus.conditions': merged('type'),
  'PodFailurePolicyOnExitCodesRequirement.values': set,
  'PodGroupSchedulingPolicy.basic': { properties: {}, preserveUnknownFields: false },
  'PodGroupSpec.resourceClaims': retained('name'),
  'PodGroupStatus.conditions': merged('type'),
  'PodGroupStatus.resourceClaimStatuses': retained('name'),
  'PodGroupTemplate.resourceClaims': retained('name'),
  'PodSpec.containers': merged('name'),
  'PodSpec.ephemeralContainers': merged('name'),
  'PodSpec.hostAliases': merged('ip'),
  'PodSpec.imagePullSecrets': merged('name'),
  'PodSpec.initContainers': merged('name'),
  'PodSpec.nodeSelector': atomicMap,
  'PodSpec.resourceClaims': retained('name'),
  'PodSpec.schedulingGates': merged('name'),
  'PodSpec.topologySpreadConstraints': merged('topologyKey', 'whenUnsatisfiable'),
  'PodSpec.volumes': retained('name'),
  'PodStatus.conditions': merged('type'),
  'PodStatus.hostIPs': mergedAtomic('ip'),
  'PodStatus.podIPs': merged('ip'),
  'PodStatus.resourceClaimStatuses': retained('name'),
  'PriorityLevelConfigurationStatus.conditions': merged('type'),
  'ReplicaSetStatus.conditions': merged('type'),
  'ReplicationControllerSpec.selector': atomicMap,
  'ReplicationControllerStatus.conditions': merged('type'),
  'ResourceClaimStatus.devices': keyed('driver', 'device', 'pool', 'shareID'),
  'ResourceClaimStatus.reservedFor': merged('uid'),
  'ResourcePolicyRule.apiGroups': set,
  'ResourcePolicyRule.namespaces': set,
  'ResourcePolicyRule.resources': set,
  'ResourcePolicyRule.verbs': set,
  'ResourceRequirements.claims': keyed('name'),
  'ResourceStatus.resources': keyed('resourceID'),
  'Scheduling.nodeSelector': atomicMap,
  'ServiceAccount.secrets': merged('name'),
  'ServiceCIDRStatus.conditions': merged('type'),
  'ServiceSpec.ports': merged('port', 'protocol'),
  'ServiceSpec.selector': atomicMap,
  'ServiceStatus.conditions': merged('type'),
  'StatefulSetStatus.conditions': merged('type'),
  'UncountedTerminatedPods.failed': set,
  'UncountedTerminatedPods.succeeded': set,
  'ValidatingAdmissionPolicyBindingSpec.validationActions': set,
  'ValidatingAdmissionPolicySpec.matchConditions': merged('name'),
  'ValidatingAdmissionPolicySpec.variables': merged('name'),
  'ValidatingAdmissionPolicyStatus.conditions': keyed('type'),
  'ValidatingWebhook.matchConditions': merged('name'),
  'ValidatingWebhookConfiguration.webhooks': merged('name'),
  'WorkloadSpec.podGroupTemplates': keyed('name'),
};

/** Structs that have one owner as a whole. */
const atomicStructs = new Set(
  (
    'ConfigMapKeySelector DiscoveryV1EndpointPort EndpointAddress EndpointPort FileKeySelector LabelSelector ' +
    'LocalObjectReference MatchResources NamedRuleWithOperations NodeSelector NodeSelectorTerm ' +
    'ObjectFieldSelector ObjectReference OwnerReference ParamKind ParamRef RbacV1Subject ResourceFieldSelector ' +
    'RoleRef ScopeSelector SecretKeySelector SecretReference ServiceBackendPort TopologySelectorTerm ' +
    'TypedLocalObjectReference V1CrossVersionObjectReference Variable'
  ).split(' '),
);

/** Quantities, lists of them, and maps to them. */
const quantities = new Set(
  (
    'CSIStorageCapacity.capacity CSIStorageCapacity.maximumVolumeSize CapacityRequestPolicy.default ' +
    'CapacityRequestPolicy.validValues CapacityRequestPolicyRange.max CapacityRequestPolicyRange.min ' +
    'CapacityRequestPolicyRange.step CapacityRequirements.requests ContainerStatus.allocatedResources ' +
    'Counter.value DeviceCapacity.value DeviceRequestAllocationResult.consumedCapacity ' +
    'EmptyDirVolumeSource.sizeLimit HPAScalingRules.tolerance LimitRangeItem.default ' +
    'LimitRangeItem.defaultRequest LimitRangeItem.max LimitRangeItem.maxLimitRequestRatio LimitRangeItem.min ' +
    'MetricTarget.averageValue MetricTarget.value MetricValueStatus.averageValue MetricValueStatus.value ' +
    'NodeAllocatableResourceClaimStatus.resources NodeAllocatableResourceMapping.allocationMultiplier ' +
    'NodeStatus.allocatable NodeStatus.capacity Overhead.podFixed PersistentVolumeClaimStatus.allocatedResources ' +
    'PersistentVolumeClaimStatus.capacity PersistentVolumeSpec.capacity PodSpec.overhead ' +
    'PodStatus.allocatedResources ResourceFieldSelector.divisor ResourceQuotaSpec.hard ResourceQuotaStatus.hard ' +
    'ResourceQuotaStatus.used ResourceRequirements.limits ResourceRequirements.requests ' +
    'VolumeResourceRequirements.limits VolumeResourceRequirements.requests'
  ).split(' '),
);

/** What upstream's types say of a missing field. The keys of list maps are completed from here. */
const defaults: Readonly<Record<string, string | number | boolean>> = {
  'AzureDiskVolumeSource.cachingMode': 'ReadWrite',
  'AzureDiskVolumeSource.fsType': 'ext4',
  'AzureDiskVolumeSource.kind': 'Shared',
  'AzureDiskVolumeSource.readOnly': false,
  'ConfigMapEnvSource.name': '',
  'ConfigMapKeySelector.name': '',
  'ConfigMapProjection.name': '',
  'ConfigMapVolumeSource.name': '',
  'ContainerPort.protocol': 'TCP',
  'DeviceToleration.operator': 'Equal',
  'FileKeySelector.optional': false,
  'GRPCAction.service': '',
  'ISCSIPersistentVolumeSource.iscsiInterface': 'default',
  'ISCSIVolumeSource.iscsiInterface': 'default',
  'LocalObjectReference.name': '',
  'RBDPersistentVolumeSource.keyring': '/etc/ceph/keyring',
  'RBDPersistentVolumeSource.pool': 'rbd',
  'RBDPersistentVolumeSource.user': 'admin',
  'RBDVolumeSource.keyring': '/etc/ceph/keyring',
  'RBDVolumeSource.pool': 'rbd',
  'RBDVolumeSource.user': 'admin',
  'ReplicationControllerSpec.minReadySeconds': 0,
  'ReplicationControllerSpec.replicas': 1,
  'ScaleIOPersistentVolumeSource.fsType': 'xfs',
  'ScaleIOPersistentVolumeSource.storageMode': 'ThinProvisioned',
  'ScaleIOVolumeSource.fsType': 'xfs',
  'ScaleIOVolumeSource.storageMode': 'ThinProvisioned',
  'ScaleSpec.replicas': 0,
  'SecretEnvSource.name': '',
  'SecretKeySelector.name': '',
  'SecretProjection.name': '',
  'ServicePort.protocol': 'TCP',
};

/** The facts of one field, named `PodSpec.containers`. `format` and `enum` are meant for the leaves of the field. */
export function factsOf(field: string): Facts {
  const fallback = defaults[field];
  const values = enumOf(field);
  return {
    ...fields[field],
    ...(quantities.has(field) && { format: 'quantity' }),
    ...(fallback !== undefined && { default: fallback }),
    ...(values && { enum: values }),
  };
}

/** The facts of a definition as a whole. */
export const structFacts = (name: string): Facts => (atomicStructs.has(name) ? atomicMap : {});
