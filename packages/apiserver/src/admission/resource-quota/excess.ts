import { addAmounts, exceededNames, onlyAmounts, parseAmounts } from '@berth/api';
import type { Amounts, ResourceQuota } from '@berth/api';

/** Why a quota cannot give what is asked of it. */
export interface Excess {
  readonly quota: string;
  readonly requested: Amounts;
  readonly used: Amounts;
  readonly limited: Amounts;
}

/** Undefined when the quota has enough. Giving back is always possible, whatever is used. */
export function excessOf({ metadata, status }: ResourceQuota, asked: Amounts): Excess | undefined {
  const used = parseAmounts(status?.used);
  const hard = parseAmounts(status?.hard);
  const wanted = Object.keys(asked).filter((name) => (asked[name]?.nanos ?? 0n) > 0n);
  const after = onlyAmounts(addAmounts(used, asked), wanted);
  const exceeded = exceededNames(after, hard);
  if (exceeded.length === 0) return undefined;
  return {
    quota: metadata.name,
    requested: onlyAmounts(asked, exceeded),
    used: onlyAmounts(used, exceeded),
    limited: onlyAmounts(hard, exceeded),
  };
}
