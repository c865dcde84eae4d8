/** Protobuf field numbers of scheduling/v1 and v1alpha2, and of the project's own group. */
export const scheduling = `
GangSchedulingPolicy: minCount=1?
PodGroup: metadata=1 spec=2 status=3
PodGroupResourceClaim: name=1 resourceClaimName=2? resourceClaimTemplateName=3?
PodGroupResourceClaimStatus: name=1 resourceClaimName=2?
PodGroupSchedulingConstraints: topology=1
PodGroupSchedulingPolicy: basic=1 gang=2
PodGroupSpec:
  podGroupTemplateRef=1 schedulingPolicy=2 schedulingConstraints=3 resourceClaims=4 disruptionMode=5?
  priorityClassName=6 priority=7?
PodGroupStatus: conditions=1 resourceClaimStatuses=2
PodGroupTemplate:
  name=1 schedulingPolicy=2 schedulingConstraints=3 resourceClaims=4 disruptionMode=5? priorityClassName=6
  priority=7?
PodGroupTemplateReference: workload=1
PriorityClass: metadata=1 value=2? globalDefault=3 description=4 preemptionPolicy=5?
Queue: metadata=1 spec=2 status=3
QueuePreemption: reclaimWithinCohort=1 withinQueue=2
QueueSpec: weight=1 cohort=2 nominalQuota=3 borrowingLimit=4 preemption=5
QueueStatus: allocated=1 dominantShare=2 admittedPods=3? pendingPods=4?
TopologyConstraint: key=1
V1alpha2TypedLocalObjectReference: apiGroup=1 kind=2 name=3
Workload: metadata=1 spec=2
WorkloadPodGroupTemplateReference: workloadName=1 podGroupTemplateName=2
WorkloadSpec: controllerRef=1 podGroupTemplates=2
`;
