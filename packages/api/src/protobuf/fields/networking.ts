/** Protobuf field numbers of networking/v1. */
export const networking = `
HTTPIngressPath: path=1 pathType=3? backend=2
HTTPIngressRuleValue: paths=1
IPAddress: metadata=1 spec=2
IPAddressSpec: parentRef=1
IPBlock: cidr=1? except=2
Ingress: metadata=1 spec=2 status=3
IngressBackend: service=4 resource=3
IngressClass: metadata=1 spec=2
IngressClassParametersReference: apiGroup=1? kind=2? name=3? scope=4? namespace=5?
IngressClassSpec: controller=1 parameters=2
IngressLoadBalancerIngress: ip=1 hostname=2 ports=4
IngressLoadBalancerStatus: ingress=1
IngressPortStatus: port=1? protocol=2? error=3?
IngressRule: host=1 ...IngressRuleValue=2
IngressRuleValue: http=1
IngressServiceBackend: name=1? port=2
IngressSpec: ingressClassName=4? defaultBackend=1 tls=2 rules=3
IngressStatus: loadBalancer=1
IngressTLS: hosts=1 secretName=2
NetworkPolicy: metadata=1 spec=2
NetworkPolicyEgressRule: ports=1 to=2
NetworkPolicyIngressRule: ports=1 from=2
NetworkPolicyPeer: podSelector=1 namespaceSelector=2 ipBlock=3
NetworkPolicyPort: protocol=1? port=2 endPort=3?
NetworkPolicySpec: podSelector=1 ingress=2 egress=3 policyTypes=4
ParentReference: group=1 resource=2 namespace=3 name=4
ServiceBackendPort: name=1 number=2
ServiceCIDR: metadata=1 spec=2 status=3
ServiceCIDRSpec: cidrs=1
ServiceCIDRStatus: conditions=1
`;
