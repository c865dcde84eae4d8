import { isIPv6 } from 'node:net';
import type { FieldError, Node, Taint } from '@berth/api';
import {
  duplicate,
  forbiddenField,
  invalidValue,
  labelValueRule,
  nodes as nodesType,
} from '@berth/api';
import type { Strategy } from '../strategy.ts';
import { checkCidr, checkNeeded, checkQualifiedName } from './field-checks.ts';
import type { Given } from './given.ts';
import { asGiven } from './given.ts';
import { nodeColumns } from './node-columns.ts';
import { roundedList } from './pod-spec/resource-defaults.ts';
import { checkResourceQuantity } from './pod-spec/resources.ts';
import { taintEffects } from './pod-spec/tolerations.ts';

export const nodes: Strategy<Node> = {
  type: nodesType,
  defaults,
  // A node agent registers its node together with the first status.
  prepareForUpdate: (node, old) => ({ ...node, ...(old.status && { status: old.status }) }),
  validate: (node) => [...validateTaints(node), ...validateResources(node), ...validateCidrs(node)],
  validateUpdate: (node, old) => [
    ...validateChange(node, old),
    ...validateTaints(node),
    ...validateResources(node),
  ],
  status: { validateUpdate: (node) => [...validateResources(node), ...validateAddresses(node)] },
  generationOf: () => undefined,
  selectable: ['spec.unschedulable'],
  selectableFields: ({ spec }) => ({ 'spec.unschedulable': String(spec.unschedulable ?? false) }),
  columns: nodeColumns,
  allowUnconditionalUpdate: true,
};

function defaults(node: Node): Node {
  const { capacity, allocatable } = node.status ?? {};
  const usable = allocatable ?? capacity;
  return {
    ...node,
    spec: alignCidrs(asGiven(node).spec ? node.spec : {}),
    status: {
      ...node.status,
      ...(capacity && { capacity: roundedList(capacity) }),
      ...(usable && { allocatable: roundedList(usable) }),
    },
  };
}

/** `podCIDR` repeats `podCIDRs[0]`. */
function alignCidrs(spec: Node['spec']): Node['spec'] {
  const { podCIDR, podCIDRs } = spec;
  if (podCIDR && podCIDRs?.[0] !== podCIDR) return { ...spec, podCIDRs: [podCIDR] };
  const first = podCIDRs?.[0];
  return first && !podCIDR ? { ...spec, podCIDR: first } : spec;
}

function validateTaints({ spec }: Node): readonly FieldError[] {
  const taints: readonly Given<Taint>[] = spec.taints ?? [];
  return taints.flatMap((taint, i) => {
    // Upstream reports taints below the metadata.
    const path = `metadata.taints[${i}]`;
    const { key = '', value = '', effect } = taint;
    const problems = labelValueRule(value);
    return [
      ...checkQualifiedName(`${path}.key`, key),
      ...(problems.length ? [invalidValue(`${path}.value`, value, problems.join(';'))] : []),
      ...checkNeeded(`${path}.effect`, effect, taintEffects),
      ...(taints.slice(0, i).some((other) => other.key === key && other.effect === effect)
        ? [repeatedTaint(path, taint)]
        : []),
    ];
  });
}

function repeatedTaint(path: string, taint: Given<Taint>): FieldError {
  const error = duplicate(path, taint);
  return { ...error, detail: `${error.detail}: taints must be unique by key and effect pair` };
}

const validateResources = ({ status }: Node): readonly FieldError[] =>
  (['capacity', 'allocatable'] as const).flatMap((list) =>
    Object.entries(status?.[list] ?? {}).flatMap(([name, text]) =>
      checkResourceQuantity(`status.${list}.${name}`, name, text),
    ),
  );

function validateCidrs({ spec }: Node): readonly FieldError[] {
  const cidrs = spec.podCIDRs ?? [];
  const path = 'spec.podCIDRs';
  const [first, second] = cidrs.map((cidr) => isIPv6(cidr.split('/')[0] ?? ''));
  return [
    ...cidrs.flatMap((cidr, i) => checkCidr(`${path}[${i}]`, cidr)),
    ...(cidrs.length > 2 || (cidrs.length === 2 && first === second)
      ? [invalidValue(path, cidrs, 'may specify no more than one CIDR for each IP family')]
      : []),
    ...cidrs.flatMap((cidr, i) =>
      cidrs.indexOf(cidr) < i ? [duplicate(`${path}[${i}]`, cidr)] : [],
    ),
  ];
}

const onlyOnce = (field: string) => `node updates may not change ${field} except from "" to valid`;

/** What is given to a node once stays with it. */
function validateChange({ spec }: Node, { spec: old }: Node): readonly FieldError[] {
  const cidrs = spec.podCIDRs ?? [];
  const oldCidrs = old.podCIDRs ?? [];
  const moved = oldCidrs.length > 0 && cidrs.join(',') !== oldCidrs.join(',');
  return [
    ...(moved ? [forbiddenField('spec.podCIDRs', onlyOnce('podCIDR'))] : []),
    ...(old.providerID && spec.providerID !== old.providerID
      ? [forbiddenField('spec.providerID', onlyOnce('providerID'))]
      : []),
    ...((spec.externalID ?? '') === (old.externalID ?? '')
      ? []
      : [forbiddenField('spec.externalID', 'may not be updated')]),
  ];
}

function validateAddresses({ status }: Node): readonly FieldError[] {
  const addresses = status?.addresses ?? [];
  return addresses.flatMap((address, i) =>
    addresses
      .slice(0, i)
      .some((other) => other.type === address.type && other.address === address.address)
      ? [duplicate(`status.addresses[${i}]`, address)]
      : [],
  );
}
