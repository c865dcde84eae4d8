/** Protobuf field numbers of apiregistration.k8s.io/v1. */
export const apiregistration = `
APIService: metadata=1 spec=2 status=3
APIServiceSpec:
  service=1 group=2 version=3 insecureSkipTLSVerify=4 caBundle=5 groupPriorityMinimum=7 versionPriority=8
APIServiceStatus: conditions=1
APIServiceCondition: type=1 status=2 lastTransitionTime=3 reason=4 message=5
ApiregistrationV1ServiceReference: namespace=1 name=2 port=3?
`;
