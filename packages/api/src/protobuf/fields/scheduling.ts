/** Protobuf field numbers of scheduling/v1, and of the project's own group. */
export const scheduling = `
PriorityClass: metadata=1 value=2? globalDefault=3 description=4 preemptionPolicy=5?
Queue: metadata=1 spec=2 status=3
QueuePreemption: reclaimWithinCohort=1 withinQueue=2
QueueSpec: weight=1 cohort=2 nominalQuota=3 borrowingLimit=4 preemption=5
QueueStatus: allocated=1 dominantShare=2 admittedPods=3? pendingPods=4?
`;
