import { asMilli, asWhole, parseQuantity, requiredNodes, tolerates } from '@berth/api';
import type { Node, Pod } from '@berth/api';

import { portsClash } from './claims.ts';
import type { Claims } from './claims.ts';
import { sysctlProblem } from './sysctls.ts';

export interface Refusal {
  readonly reason: string;
  readonly message: string;
  /** It is the Node object that does not fit, which may be behind the pod. */
  readonly byNode?: true;
}

export interface AdmissionInput {
  readonly pod: Pod;
  readonly claims: Claims;
  /** What the pods that were admitted before hold. */
  readonly others: readonly Claims[];
  /** What the node has for pods. */
  readonly allocatable: Readonly<Record<string, string>>;
  /** Undefined before it is known. */
  readonly node: Node | undefined;
}

/** Why a node does not take a pod that was bound to it, as kubelet 1.36 decides; undefined when it does. */
export function planAdmission(input: AdmissionInput): Refusal | undefined {
  const message = sysctlProblem(input.pod.spec);
  if (message) return { reason: 'SysctlForbidden', message };
  return lackOf(input) ?? mismatchOf(input) ?? clashOf(input) ?? taintOf(input);
}

const lacks = (name: string, requested: number, used: number, capacity: number): Refusal => ({
  reason: `OutOf${name}`,
  message: `Node didn't have enough resource: ${name}, requested: ${requested}, used: ${used}, capacity: ${capacity}`,
});

/** Every pod takes a place; beyond that it takes what it asks for. What the node does not have at all is no matter of the node. */
function lackOf({ claims, others, allocatable }: AdmissionInput): Refusal | undefined {
  const places = wholeOf('pods', allocatable['pods']);
  if (others.length + 1 > places) return lacks('pods', 1, others.length, places);
  for (const [name, { nanos }] of Object.entries(claims.requests)) {
    const capacity = allocatable[name];
    if (nanos === 0n || capacity === undefined) continue;
    const used = others.reduce((sum, { requests }) => sum + nanosOf(requests, name), 0n);
    if (nanos + used <= parseQuantity(capacity).nanos) continue;
    return lacks(name, inUnits(name, nanos), inUnits(name, used), wholeOf(name, capacity));
  }
  return undefined;
}

const nanosOf = (requests: Claims['requests'], name: string) =>
  Object.hasOwn(requests, name) ? (requests[name]?.nanos ?? 0n) : 0n;

/** Millicores, bytes, or pieces. */
const inUnits = (name: string, nanos: bigint): number => {
  const quantity = { nanos, format: 'DecimalSI' } as const;
  return name === 'cpu' ? asMilli(quantity) : asWhole(quantity);
};

const wholeOf = (name: string, text = '0') => inUnits(name, parseQuantity(text).nanos);

const refusal = (predicate: string, why: string, byNode?: true): Refusal => ({
  reason: predicate,
  message: `Predicate ${predicate} failed: ${why}`,
  ...(byNode && { byNode }),
});

function mismatchOf({ pod, node }: AdmissionInput): Refusal | undefined {
  const matches = requiredNodes(pod);
  if (!node || !matches || matches(node)) return undefined;
  return refusal('NodeAffinity', "node(s) didn't match Pod's node affinity/selector", true);
}

const clashOf = ({ claims, others }: AdmissionInput): Refusal | undefined =>
  claims.ports.length > 0 && others.some((other) => portsClash(claims, other))
    ? refusal('NodePorts', "node(s) didn't have free ports for the requested pod ports")
    : undefined;

/** Of taints a node minds those only that would send the pod away again. */
function taintOf({ pod, node }: AdmissionInput): Refusal | undefined {
  const { tolerations = [] } = pod.spec;
  const isRepelled = (node?.spec.taints ?? [])
    .filter(({ effect }) => effect === 'NoExecute')
    .some((taint) => !tolerations.some((toleration) => tolerates(toleration, taint)));
  if (!isRepelled) return undefined;
  return refusal('TaintToleration', "node(s) had taints that the pod didn't tolerate", true);
}
