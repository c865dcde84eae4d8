import { BlockList, isIPv6 } from 'node:net';
import type {
  FieldError,
  IPBlock,
  NetworkPolicy,
  NetworkPolicyPeer,
  NetworkPolicyPort,
  NetworkPolicySpec,
} from '@berth/api';
import {
  at,
  forbiddenField,
  formatSelector,
  invalidEach,
  invalidValue,
  networkPolicies as networkPoliciesType,
  portNumber,
  required,
  toSelector,
} from '@berth/api';
import { ageColumn, nameColumn } from '../core/columns.ts';
import { checkCidr, checkLabelSelector, checkOneOf, checkPortName } from '../core/field-checks.ts';
import { asGiven } from '../core/given.ts';
import type { Given } from '../core/given.ts';
import type { Strategy } from '../strategy.ts';

export const networkPolicies: Strategy<NetworkPolicy> = {
  type: networkPoliciesType,
  defaults: (policy) => ({ ...policy, spec: withDefaults(policy.spec) }),
  validate: (policy) => checkSpec(asGiven(policy).spec ?? {}),
  validateUpdate: (policy) => checkSpec(asGiven(policy).spec ?? {}),
  columns: [
    nameColumn,
    {
      name: 'Pod-Selector',
      type: 'string',
      description: 'The pods for which the policy is.',
      cell: (policy) => showSelector(asGiven(policy).spec?.podSelector),
    },
    ageColumn,
  ],
  allowUnconditionalUpdate: true,
};

function withDefaults(spec: NetworkPolicySpec | undefined): NetworkPolicySpec {
  const {
    podSelector = {},
    ingress,
    egress,
    policyTypes = [],
  } = asGiven(spec ?? {}) as Partial<NetworkPolicySpec>;
  return {
    podSelector,
    ...spec,
    ...(ingress && { ingress: ingress.map(withProtocols) }),
    ...(egress && { egress: egress.map(withProtocols) }),
    policyTypes: policyTypes.length
      ? policyTypes
      : ['Ingress', ...(egress?.length ? ['Egress'] : [])],
  };
}

const withProtocols = <R extends { readonly ports?: readonly NetworkPolicyPort[] }>(rule: R): R =>
  rule.ports
    ? { ...rule, ports: rule.ports.map((port) => ({ ...port, protocol: port.protocol ?? 'TCP' })) }
    : rule;

const directions = ['Ingress', 'Egress'];

const checkSpec = ({
  podSelector = {},
  ingress = [],
  egress = [],
  policyTypes = [],
}: Given<NetworkPolicySpec>): readonly FieldError[] => [
  ...checkLabelSelector('spec.podSelector', podSelector),
  ...ingress.flatMap(({ ports, from = [] }, i) =>
    checkRule(at('spec.ingress', i), 'from', from, ports),
  ),
  ...egress.flatMap(({ ports, to = [] }, i) => checkRule(at('spec.egress', i), 'to', to, ports)),
  ...(policyTypes.length > directions.length
    ? [invalidValue('spec.policyTypes', policyTypes, 'may not specify more than two policyTypes')]
    : policyTypes.flatMap((type, i) => checkOneOf(at('spec.policyTypes', i), type, directions))),
];

const checkRule = (
  path: string,
  field: 'from' | 'to',
  peers: readonly Given<NetworkPolicyPeer>[],
  ports: readonly Given<NetworkPolicyPort>[] = [],
): readonly FieldError[] => [
  ...ports.flatMap((port, i) => checkPort(at(path, 'ports', i), port)),
  ...peers.flatMap((peer, i) => checkPeer(at(path, field, i), peer)),
];

const checkPort = (
  path: string,
  { protocol, port, endPort }: Given<NetworkPolicyPort>,
): readonly FieldError[] => [
  ...checkOneOf(at(path, 'protocol'), protocol, ['TCP', 'UDP', 'SCTP']),
  ...(typeof port === 'number' ? invalidEach(at(path, 'port'), port, portNumber(port)) : []),
  ...(endPort === undefined ? [] : checkEndPort(at(path, 'endPort'), endPort, port)),
  ...(typeof port === 'string' ? checkPortName(at(path, 'port'), port) : []),
];

function checkEndPort(
  path: string,
  endPort: number,
  port: number | string | undefined,
): readonly FieldError[] {
  if (port === undefined) {
    return [invalidValue(path, endPort, 'may not be specified when `port` is not specified')];
  }
  if (typeof port === 'string') {
    return [invalidValue(path, endPort, 'may not be specified when `port` is non-numeric')];
  }
  return [
    ...(endPort < port
      ? [invalidValue(path, endPort, 'must be greater than or equal to `port`')]
      : []),
    ...invalidEach(path, endPort, portNumber(endPort)),
  ];
}

function checkPeer(
  path: string,
  { podSelector, namespaceSelector, ipBlock }: Given<NetworkPolicyPeer>,
): readonly FieldError[] {
  const selects = podSelector !== undefined || namespaceSelector !== undefined;
  return [
    ...(podSelector ? checkLabelSelector(at(path, 'podSelector'), podSelector) : []),
    ...(namespaceSelector
      ? checkLabelSelector(at(path, 'namespaceSelector'), namespaceSelector)
      : []),
    ...(ipBlock ? checkBlock(at(path, 'ipBlock'), ipBlock) : []),
    ...(selects || ipBlock ? [] : [required(path, 'must specify a peer')]),
    ...(selects && ipBlock
      ? [forbiddenField(path, 'may not specify both ipBlock and another peer')]
      : []),
  ];
}

function checkBlock(
  path: string,
  { cidr = '', except = [] }: Given<IPBlock>,
): readonly FieldError[] {
  if (!cidr) return [required(at(path, 'cidr'))];
  const problems = checkCidr(at(path, 'cidr'), cidr);
  if (problems.length) return problems;
  return except.flatMap((part, i) => {
    const wrong = checkCidr(at(path, 'except', i), part);
    if (wrong.length || isPartOf(part, cidr)) return wrong;
    return [invalidValue(at(path, 'except', i), part, 'must be a strict subset of `cidr`')];
  });
}

/** Whether a network lies within another, and is smaller. */
function isPartOf(part: string, whole: string): boolean {
  const [partAddress = '', partBits] = part.split('/');
  const [address = '', bits] = whole.split('/');
  const familyOf = (text: string) => (isIPv6(text) ? 'ipv6' : 'ipv4');
  const network = new BlockList();
  network.addSubnet(address, Number(bits), familyOf(address));
  return (
    familyOf(partAddress) === familyOf(address) &&
    network.check(partAddress, familyOf(partAddress)) &&
    Number(bits) < Number(partBits)
  );
}

function showSelector(selector: Given<NetworkPolicySpec>['podSelector']): string {
  try {
    return (
      formatSelector(toSelector(selector as NetworkPolicySpec['podSelector']) ?? []) || '<none>'
    );
  } catch {
    return '<error>';
  }
}
