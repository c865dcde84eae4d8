/** Protobuf field numbers of node.k8s.io/v1. */
export const node = `
Overhead: podFixed=1
RuntimeClass: metadata=1 handler=2? overhead=3 scheduling=4
Scheduling: nodeSelector=1 tolerations=2
`;
