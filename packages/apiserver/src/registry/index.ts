import type { KubeObject } from '@berth/api';
import {
  mutatingAdmissionPolicies,
  validatingAdmissionPolicies,
} from './admissionregistration/policies.ts';
import {
  mutatingAdmissionPolicyBindings,
  validatingAdmissionPolicyBindings,
} from './admissionregistration/policy-bindings.ts';
import {
  mutatingWebhookConfigurations,
  validatingWebhookConfigurations,
} from './admissionregistration/webhook-configurations.ts';
import { customResourceDefinitions } from './apiextensions/custom-resource-definitions.ts';
import { apiServices } from './apiregistration/api-services.ts';
import { controllerRevisions } from './apps/controller-revisions.ts';
import { daemonSets } from './apps/daemon-sets.ts';
import { deployments } from './apps/deployments.ts';
import { replicaSets } from './apps/replica-sets.ts';
import { statefulSets } from './apps/stateful-sets.ts';
import { hpaV1 } from './autoscaling/hpa-v1.ts';
import { hpa } from './autoscaling/hpa.ts';
import { cronJobs } from './batch/cron-jobs.ts';
import { jobs } from './batch/jobs.ts';
import { leases } from './coordination/leases.ts';
import { certificateSigningRequests } from './certificates/certificate-signing-requests.ts';
import { configMaps } from './core/config-maps.ts';
import { endpoints } from './core/endpoints.ts';
import { events } from './core/events.ts';
import { limitRanges } from './core/limit-ranges.ts';
import { namespaces } from './core/namespaces.ts';
import { nodes } from './core/nodes.ts';
import { persistentVolumeClaims } from './core/persistent-volume-claims.ts';
import { persistentVolumes } from './core/persistent-volumes.ts';
import { podTemplates } from './core/pod-templates.ts';
import { pods } from './core/pods.ts';
import { replicationControllers } from './core/replication-controllers.ts';
import { resourceQuotas } from './core/resource-quotas.ts';
import { secrets } from './core/secrets.ts';
import { serviceAccounts } from './core/service-accounts.ts';
import { services } from './core/services.ts';
import { endpointSlices } from './discovery/endpoint-slices.ts';
import { eventsV1 } from './events/events-v1.ts';
import { flowSchemas } from './flowcontrol/flow-schemas.ts';
import { priorityLevelConfigurations } from './flowcontrol/priority-level-configurations.ts';
import { podDisruptionBudgets } from './policy/pod-disruption-budgets.ts';
import { clusterRoleBindings, roleBindings } from './rbac/role-bindings.ts';
import { clusterRoles, roles } from './rbac/roles.ts';
import { podGroups } from './scheduling/pod-groups.ts';
import { priorityClasses } from './scheduling/priority-classes.ts';
import { queues } from './scheduling/queues.ts';
import { workloads } from './scheduling/workloads.ts';
import { deviceClasses } from './resource/device-classes.ts';
import { resourceClaimTemplates } from './resource/resource-claim-templates.ts';
import { resourceClaims } from './resource/resource-claims.ts';
import { resourceSlices } from './resource/resource-slices.ts';
import { ingresses } from './networking/ingresses.ts';
import { ingressClasses } from './networking/ingress-classes.ts';
import { networkPolicies } from './networking/network-policies.ts';
import { ipAddresses } from './networking/ip-addresses.ts';
import { serviceCidrs } from './networking/service-cidrs.ts';
import { storageClasses } from './storage/storage-classes.ts';
import { csiDrivers } from './storage/csi-drivers.ts';
import { csiNodes } from './storage/csi-nodes.ts';
import { csiStorageCapacities } from './storage/csi-storage-capacities.ts';
import { volumeAttachments } from './storage/volume-attachments.ts';
import { volumeAttributesClasses } from './storage/volume-attributes-classes.ts';
import { runtimeClasses } from './node/runtime-classes.ts';
import type { Strategy } from './strategy.ts';

/** A strategy is only ever given objects of its own type, which the table of all strategies cannot say. */
const row = <T extends KubeObject>(strategy: Strategy<T>): Strategy =>
  strategy as unknown as Strategy;

/** Everything that is served, one row per resource. */
export const strategies: readonly Strategy[] = [
  row(configMaps),
  row(endpoints),
  row(events),
  row(limitRanges),
  row(namespaces),
  row(nodes),
  row(persistentVolumeClaims),
  row(persistentVolumes),
  row(podTemplates),
  row(pods),
  row(replicationControllers),
  row(resourceQuotas),
  row(secrets),
  row(serviceAccounts),
  row(services),
  row(controllerRevisions),
  row(daemonSets),
  row(deployments),
  row(replicaSets),
  row(statefulSets),
  row(hpa),
  row(hpaV1),
  row(cronJobs),
  row(jobs),
  row(leases),
  row(endpointSlices),
  row(eventsV1),
  row(podDisruptionBudgets),
  row(clusterRoleBindings),
  row(clusterRoles),
  row(roleBindings),
  row(roles),
  row(podGroups),
  row(priorityClasses),
  row(queues),
  row(workloads),
  row(ingresses),
  row(ingressClasses),
  row(networkPolicies),
  row(ipAddresses),
  row(serviceCidrs),
  row(storageClasses),
  row(csiDrivers),
  row(csiNodes),
  row(csiStorageCapacities),
  row(volumeAttachments),
  row(volumeAttributesClasses),
  row(runtimeClasses),
  row(deviceClasses),
  row(resourceClaims),
  row(resourceClaimTemplates),
  row(resourceSlices),
  row(mutatingAdmissionPolicies),
  row(mutatingAdmissionPolicyBindings),
  row(mutatingWebhookConfigurations),
  row(validatingAdmissionPolicies),
  row(validatingAdmissionPolicyBindings),
  row(validatingWebhookConfigurations),
  row(certificateSigningRequests),
  row(flowSchemas),
  row(priorityLevelConfigurations),
  row(customResourceDefinitions),
  row(apiServices),
];
