import {
  forbidden,
  isInScopes,
  isQuotaOf,
  onlyAmounts,
  parseAmounts,
  pods,
  quotaUsage,
  resourceQuotas,
  subtractAmounts,
  unsaidResources,
} from '@berth/api';
import type { Amounts, KubeObject, Pod, ResourceQuota } from '@berth/api';
import type { Clock } from '@berth/component-base';
import type { Admission, AdmissionReads, AdmissionWrites, Attributes } from '../admission.ts';
import { isOf } from '../on.ts';
import { createCharger } from './charger.ts';
import { describeExcess } from './describe-excess.ts';

/** What the quotas of a namespace are asked for by one write. */
interface Demand {
  readonly quota: ResourceQuota;
  readonly amounts: Amounts;
}

/**
 * Takes from the quotas of a namespace what a write needs, before it is stored, and refuses it where that would be
 * more than there is. A quota counts from when its status says what is used.
 */
export function resourceQuota(
  reads: AdmissionReads,
  writes: AdmissionWrites,
  clock: Pick<Clock, 'now'>,
): Admission {
  const charger = createCharger(reads, writes);
  return {
    name: 'ResourceQuota',
    handles: isCounted,
    async validate(attributes) {
      const { type, name, namespace, object, dryRun } = attributes;
      if (!object || !reads.serves(resourceQuotas)) return;
      const quotas = await reads.list(resourceQuotas, namespace);
      if (quotas.length === 0) return;
      const demands = demandsOf(quotas, attributes, object, clock.now());
      if (demands.length === 0) return;
      const excess = await charger.charge(namespace, demandsByName(demands), dryRun);
      if (excess) throw forbidden(type, name, describeExcess(excess));
    },
  };
}

/** What changes by an update besides the number of objects. */
const growing = ['services', 'persistentvolumeclaims'];

function isCounted({
  operation,
  type,
  subresource,
}: Pick<Attributes, 'operation' | 'type' | 'subresource'>): boolean {
  if (!type.namespaced) return false;
  if (operation === 'CREATE') return subresource === '';
  if (operation !== 'UPDATE' || type.group !== '') return false;
  return subresource === ''
    ? growing.includes(type.resource)
    : type.resource === 'pods' && subresource === 'resize';
}

const demandsByName = (demands: readonly Demand[]): ReadonlyMap<string, Amounts> =>
  new Map(demands.map(({ quota, amounts }) => [quota.metadata.name, amounts]));

function demandsOf(
  quotas: readonly ResourceQuota[],
  attributes: Attributes,
  object: KubeObject,
  now: number,
): readonly Demand[] {
  const { type, old } = attributes;
  const used = quotaUsage(type, object, now);
  const more = old ? subtractAmounts(used, quotaUsage(type, old, now)) : used;
  return quotas.flatMap((quota) => {
    const limited = Object.keys(quota.status?.hard ?? {}).filter((name) => isQuotaOf(name, type));
    if (limited.length === 0 || !isInScopes(quota, type, object)) return [];
    refuseUnsaid(attributes, quota, limited, object);
    const amounts = withoutZeros(onlyAmounts(more, limited));
    if (Object.keys(amounts).length === 0) return [];
    refuseUnknown(attributes, quota, Object.keys(amounts));
    return [{ quota, amounts }];
  });
}

const withoutZeros = (amounts: Amounts): Amounts =>
  Object.fromEntries(Object.entries(amounts).filter(([, { nanos }]) => nanos !== 0n));

function refuseUnsaid(
  { type, name }: Attributes,
  { metadata }: ResourceQuota,
  limited: readonly string[],
  object: KubeObject,
): void {
  const unsaid = isOf(type, pods) ? unsaidResources(object as Pod, limited) : undefined;
  if (unsaid !== undefined)
    throw forbidden(type, name, `failed quota: ${metadata.name}: ${unsaid}`);
}

function refuseUnknown(
  { type, name }: Attributes,
  { metadata, status }: ResourceQuota,
  names: readonly string[],
): void {
  const known = parseAmounts(status?.used);
  const unknown = names.filter((one) => !Object.hasOwn(known, one)).sort();
  if (unknown.length > 0)
    throw forbidden(
      type,
      name,
      `status unknown for quota: ${metadata.name}, resources: ${unknown.join(',')}`,
    );
}
