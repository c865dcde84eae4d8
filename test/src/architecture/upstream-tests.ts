/**
 * The conformance tests of Kubernetes 1.36 that need an API server alone, or that and its controllers, without the mark
 * that all of them end with.
 */
export const upstreamTests: readonly string[] = `
  [sig-api-machinery] API priority and fairness should support FlowSchema API operations
  [sig-api-machinery] API priority and fairness should support PriorityLevelConfiguration API operations
  [sig-api-machinery] AggregatedDiscovery should support aggregated discovery interface
  [sig-api-machinery] AggregatedDiscovery should support aggregated discovery interface for CRDs
  [sig-api-machinery] AggregatedDiscovery should support raw aggregated discovery endpoint Accept headers
  [sig-api-machinery] AggregatedDiscovery should support raw aggregated discovery request for CRDs
  [sig-api-machinery] CustomResourceDefinition Watch [Privileged:ClusterAdmin] CustomResourceDefinition Watch watch on custom resource definition objects
  [sig-api-machinery] CustomResourceDefinition resources [Privileged:ClusterAdmin] Simple CustomResourceDefinition creating/deleting custom resource definition objects works
  [sig-api-machinery] CustomResourceDefinition resources [Privileged:ClusterAdmin] Simple CustomResourceDefinition getting/updating/patching custom resource definition status sub-resource works
  [sig-api-machinery] CustomResourceDefinition resources [Privileged:ClusterAdmin] Simple CustomResourceDefinition listing custom resource definition objects works
  [sig-api-machinery] CustomResourceDefinition resources [Privileged:ClusterAdmin] custom resource defaulting for requests and from storage works
  [sig-api-machinery] CustomResourceDefinition resources [Privileged:ClusterAdmin] should include custom resource definition resources in discovery documents
  [sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin] removes definition from spec when one version gets changed to not be served
  [sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin] updates the published spec when one version gets renamed
  [sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin] works for CRD preserving unknown fields at the schema root
  [sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin] works for CRD preserving unknown fields in an embedded object
  [sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin] works for CRD with validation schema
  [sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin] works for CRD without validation schema
  [sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin] works for multiple CRDs of different groups
  [sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin] works for multiple CRDs of same group and version but different kinds
  [sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin] works for multiple CRDs of same group but different versions
  [sig-api-machinery] Discovery should locate the groupVersion and a resource within each APIGroup
  [sig-api-machinery] Discovery should validate PreferredVersion for each APIGroup
  [sig-api-machinery] FieldValidation should create/apply a CR with unknown fields for CRD with no validation schema
  [sig-api-machinery] FieldValidation should create/apply a valid CR for CRD with validation schema
  [sig-api-machinery] FieldValidation should create/apply an invalid CR with extra properties for CRD with validation schema
  [sig-api-machinery] FieldValidation should detect duplicates in a CR when preserving unknown fields
  [sig-api-machinery] FieldValidation should detect unknown and duplicate fields of a typed object
  [sig-api-machinery] FieldValidation should detect unknown metadata fields in both the root and embedded object of a CR
  [sig-api-machinery] FieldValidation should detect unknown metadata fields of a typed object
  [sig-api-machinery] MutatingAdmissionPolicy [Privileged:ClusterAdmin] should mutate a Deployment
  [sig-api-machinery] MutatingAdmissionPolicy [Privileged:ClusterAdmin] should mutate a Deployment with annotations
  [sig-api-machinery] MutatingAdmissionPolicy [Privileged:ClusterAdmin] should support MutatingAdmissionPolicy API operations
  [sig-api-machinery] MutatingAdmissionPolicy [Privileged:ClusterAdmin] should support MutatingAdmissionPolicyBinding API operations
  [sig-api-machinery] Namespaces [Serial] should apply a finalizer to a Namespace
  [sig-api-machinery] Namespaces [Serial] should apply an update to a Namespace
  [sig-api-machinery] Namespaces [Serial] should apply changes to a namespace status
  [sig-api-machinery] Namespaces [Serial] should patch a Namespace
  [sig-api-machinery] ResourceQuota should be able to update and delete ResourceQuota.
  [sig-api-machinery] ResourceQuota should manage the lifecycle of a ResourceQuota
  [sig-api-machinery] Servers with support for API chunking should return chunks of results for list calls
  [sig-api-machinery] Servers with support for API chunking should support continue listing from the last key if the original version has been compacted away, though the list is inconsistent [Slow]
  [sig-api-machinery] Servers with support for Table transformation should return a 406 for a backend which does not implement metadata
  [sig-api-machinery] ValidatingAdmissionPolicy [Privileged:ClusterAdmin] should allow expressions to refer variables.
  [sig-api-machinery] ValidatingAdmissionPolicy [Privileged:ClusterAdmin] should support ValidatingAdmissionPolicy API operations
  [sig-api-machinery] ValidatingAdmissionPolicy [Privileged:ClusterAdmin] should support ValidatingAdmissionPolicyBinding API operations
  [sig-api-machinery] ValidatingAdmissionPolicy [Privileged:ClusterAdmin] should validate against a Deployment
  [sig-api-machinery] Watchers should be able to restart watching from the last resource version observed by the previous watch
  [sig-api-machinery] Watchers should be able to start watching from a specific resource version
  [sig-api-machinery] Watchers should observe add, update, and delete watch notifications on configmaps
  [sig-api-machinery] Watchers should observe an object deletion if it stops meeting the requirements of the selector
  [sig-api-machinery] Watchers should receive events on concurrent watches in same order
  [sig-api-machinery] server version should find the server version
  [sig-apps] CronJob should support CronJob API operations
  [sig-auth] Certificates API [Privileged:ClusterAdmin] should support CSR API operations
  [sig-auth] ServiceAccounts should allow opting out of API token automount
  [sig-auth] ServiceAccounts should create a serviceAccountToken and ensure a successful TokenReview
  [sig-auth] ServiceAccounts should run through the lifecycle of a ServiceAccount
  [sig-auth] ServiceAccounts should update a ServiceAccount
  [sig-auth] SubjectReview should support SubjectReview API operations
  [sig-cli] Kubectl client Kubectl api-versions should check if v1 is in available api versions
  [sig-cli] Kubectl client Kubectl cluster-info should check if Kubernetes control plane services is included in cluster-info
  [sig-cli] Kubectl client Kubectl diff should check if kubectl diff finds a difference for Deployments
  [sig-cli] Kubectl client Kubectl version should check is all data is printed
  [sig-cli] Kubectl client Proxy server should support --unix-socket=/path
  [sig-cli] Kubectl client Proxy server should support proxy with --port 0
  [sig-instrumentation] Events API should delete a collection of events
  [sig-instrumentation] Events API should ensure that an event can be fetched, patched, deleted, and listed
  [sig-instrumentation] Events should delete a collection of events
  [sig-instrumentation] Events should manage the lifecycle of an event
  [sig-network] API Server should have Endpoints and EndpointSlices pointing to API Server
  [sig-network] API Server should provide secure master service
  [sig-network] EndpointSlice should support creating EndpointSlice API operations
  [sig-network] Endpoints should test the lifecycle of an Endpoint
  [sig-network] Ingress API should support creating Ingress API operations
  [sig-network] IngressClass API should support creating IngressClass API operations
  [sig-network] ServiceCIDR and IPAddress API should support IPAddress API operations
  [sig-network] ServiceCIDR and IPAddress API should support ServiceCIDR API operations
  [sig-network] Services should complete a service status lifecycle
  [sig-network] Services should delete a collection of services
  [sig-network] Services should find a service from listing all namespaces
  [sig-node] ConfigMap should fail to create ConfigMap with empty key
  [sig-node] ConfigMap should run through a ConfigMap lifecycle
  [sig-node] ConfigMap should update ConfigMap successfully [NodeConformance]
  [sig-node] Lease lease API should be available
  [sig-node] Node Lifecycle should run through the lifecycle of a node
  [sig-node] PodTemplates should delete a collection of pod templates
  [sig-node] PodTemplates should replace a pod template
  [sig-node] PodTemplates should run the lifecycle of PodTemplates
  [sig-node] Pods Extended Pods Set QOS Class should be set on Pods with matching resource requests and limits for memory and cpu
  [sig-node] RuntimeClass should reject a Pod requesting a deleted RuntimeClass [NodeConformance]
  [sig-node] RuntimeClass should reject a Pod requesting a non-existent RuntimeClass [NodeConformance]
  [sig-node] RuntimeClass should support RuntimeClasses API operations
  [sig-node] Secrets should fail to create secret due to empty secret key
  [sig-node] Secrets should patch a secret
  [sig-node] Sysctls [LinuxOnly] [NodeConformance] should reject invalid sysctls
  [sig-node] [DRA] CRUD Tests resource.k8s.io/v1 DeviceClass
  [sig-node] [DRA] CRUD Tests resource.k8s.io/v1 ResourceClaim
  [sig-node] [DRA] CRUD Tests resource.k8s.io/v1 ResourceClaimTemplate
  [sig-node] [DRA] CRUD Tests resource.k8s.io/v1 ResourceSlice
  [sig-scheduling] LimitRange should create a LimitRange with defaults and ensure pod has those defaults applied.
  [sig-scheduling] LimitRange should list, patch and delete a LimitRange by collection
  [sig-storage] CSIInlineVolumes should run through the lifecycle of a CSIDriver
  [sig-storage] CSIInlineVolumes should support CSIVolumeSource in Pod API
  [sig-storage] CSINodes CSI Conformance should run through the lifecycle of a csinode
  [sig-storage] CSIStorageCapacity should support CSIStorageCapacities API operations
  [sig-storage] ConfigMap should be immutable if \`immutable\` field is set
  [sig-storage] PersistentVolumes CSI Conformance should apply changes to a pv/pvc status
  [sig-storage] PersistentVolumes CSI Conformance should run through the lifecycle of a PV and a PVC
  [sig-storage] Secrets should be immutable if \`immutable\` field is set
  [sig-storage] StorageClasses CSI Conformance should run through the lifecycle of a StorageClass
  [sig-storage] VolumeAttributesClass [FeatureGate:VolumeAttributesClass] should run through the lifecycle of a VolumeAttributesClass
  [sig-api-machinery] Garbage collector should delete RS created by deployment when not orphaning
  [sig-api-machinery] Garbage collector should delete pods created by rc when not orphaning
  [sig-api-machinery] Garbage collector should not be blocked by dependency circle
  [sig-api-machinery] Garbage collector should orphan RS created by deployment when deleteOptions.PropagationPolicy is Orphan
  [sig-api-machinery] Namespaces [Serial] should ensure that all services are removed when a namespace is deleted
  [sig-api-machinery] ResourceQuota should apply changes to a resourcequota status
  [sig-api-machinery] ResourceQuota should create a ResourceQuota and capture the life of a configMap.
  [sig-api-machinery] ResourceQuota should create a ResourceQuota and capture the life of a pod.
  [sig-api-machinery] ResourceQuota should create a ResourceQuota and capture the life of a replica set.
  [sig-api-machinery] ResourceQuota should create a ResourceQuota and capture the life of a replication controller.
  [sig-api-machinery] ResourceQuota should create a ResourceQuota and capture the life of a secret.
  [sig-api-machinery] ResourceQuota should create a ResourceQuota and capture the life of a service.
  [sig-api-machinery] ResourceQuota should create a ResourceQuota and ensure its status is promptly calculated.
  [sig-api-machinery] ResourceQuota should verify ResourceQuota with best effort scope.
  [sig-api-machinery] ResourceQuota should verify ResourceQuota with terminating scopes.
  [sig-apps] CronJob should not schedule jobs when suspended [Slow]
  [sig-apps] CronJob should not schedule new jobs when ForbidConcurrent [Slow]
  [sig-apps] CronJob should replace jobs when ReplaceConcurrent
  [sig-apps] CronJob should schedule multiple jobs concurrently
  [sig-apps] DisruptionController Listing PodDisruptionBudgets for all namespaces should list and delete a collection of PodDisruptionBudgets
  [sig-apps] DisruptionController should create a PodDisruptionBudget
  [sig-apps] ReplicationController should get and update a ReplicationController scale
  [sig-apps] ReplicationController should release no longer matching pods
  [sig-apps] ReplicationController should surface a failure condition on a common issue like exceeded quota
  [sig-auth] ServiceAccounts should guarantee kube-root-ca.crt exist in any namespace
  [sig-network] EndpointSlice should create and delete EndpointSlices for a Service with a selector that matches no pods
  [sig-network] EndpointSliceMirroring should mirror a custom Endpoints resource through create update and delete
  [sig-network] EndpointsController should create and delete Endpoints for a Service with a selector that matches no pods
`
  .trim()
  .split('\n')
  .map((line) => line.trim());
