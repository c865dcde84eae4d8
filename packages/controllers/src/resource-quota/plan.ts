import {
  addAmounts,
  formatAmounts,
  isDeepEqual,
  isInScopes,
  isQuotaOf,
  onlyAmounts,
  parseAmounts,
  quotaUsage,
} from '@berth/api';
import type { Amounts, KubeObject, ResourceQuota, ResourceType } from '@berth/api';

/** The objects of one kind in the namespace of a quota. */
export interface Counted {
  readonly type: ResourceType;
  readonly objects: readonly KubeObject[];
}

/** The kinds, out of `types`, of which a quota limits something. */
export const limitedTypes = (
  { spec: { hard = {} } }: Pick<ResourceQuota, 'spec'>,
  types: readonly ResourceType[],
): readonly ResourceType[] =>
  types.filter(
    (type) => type.namespaced && Object.keys(hard).some((name) => isQuotaOf(name, type)),
  );

/** Kinds that a quota counts and that are not among `types`: `widgets.example.com`. */
export const unknownKinds = (
  { spec: { hard = {} } }: Pick<ResourceQuota, 'spec'>,
  types: readonly ResourceType[],
): readonly string[] =>
  Object.keys(hard)
    .filter((name) => name.startsWith(count) && !types.some((type) => isQuotaOf(name, type)))
    .map((name) => name.slice(count.length));

const count = 'count/';

/** The status of a quota as what is there makes it; undefined when it says so already. */
export function planQuotaStatus(
  quota: ResourceQuota,
  counted: readonly Counted[],
  now: number,
): ResourceQuota['status'] | undefined {
  const { hard = {} } = quota.spec;
  const names = Object.keys(hard);
  const none = parseAmounts(Object.fromEntries(names.map((name) => [name, '0'])));
  const used = counted
    .flatMap(({ type, objects }) =>
      objects
        .filter((object) => isInScopes(quota, type, object))
        .map((object) => limitedUsage(type, object, names, now)),
    )
    .reduce(addAmounts, none);
  const status = { hard, used: formatAmounts(used) };
  return isDeepEqual(status, quota.status) ? undefined : status;
}

const limitedUsage = (
  type: ResourceType,
  object: KubeObject,
  names: readonly string[],
  now: number,
): Amounts =>
  onlyAmounts(
    quotaUsage(type, object, now),
    names.filter((name) => isQuotaOf(name, type)),
  );
