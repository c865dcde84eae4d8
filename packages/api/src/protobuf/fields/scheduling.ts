/** Protobuf field numbers of scheduling/v1. */
export const scheduling = `
PriorityClass: metadata=1 value=2? globalDefault=3 description=4 preemptionPolicy=5?
`;
