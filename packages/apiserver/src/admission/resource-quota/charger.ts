import {
  addAmounts,
  formatAmounts,
  isNotFound,
  onlyAmounts,
  parseAmounts,
  resourceQuotas,
  subtractAmounts,
} from '@berth/api';
import type { Amounts, ResourceQuota } from '@berth/api';
import type { AdmissionReads, AdmissionWrites } from '../admission.ts';
import { excessOf } from './excess.ts';
import type { Excess } from './excess.ts';

/** What one write asks of which quotas. */
type Demands = ReadonlyMap<string, Amounts>;

interface Waiting {
  readonly demands: Demands;
  excess?: Excess;
}

interface Charger {
  /** Takes all of it or, with the reason, nothing. A dry run only looks. */
  charge(namespace: string, demands: Demands, dryRun: boolean): Promise<Excess | undefined>;
}

/**
 * Charges quotas. Writes that come while a namespace's quotas are being written wait, and are then charged together:
 * a burst of them costs a few writes, not one each. Several servers keep apart by the versions of the quotas.
 */
export function createCharger(
  reads: Pick<AdmissionReads, 'get' | 'getFresh'>,
  writes: AdmissionWrites,
): Charger {
  const lines = new Map<string, { waiting: Waiting[]; working: Promise<void> }>();

  const run = async (namespace: string, line: { waiting: Waiting[] }): Promise<void> => {
    try {
      while (line.waiting.length > 0) {
        const batch = line.waiting;
        line.waiting = [];
        await chargeAll(writes, namespace, batch);
      }
    } finally {
      // In the same step in which nobody waits any longer: whoever comes next starts a line of their own.
      lines.delete(namespace);
    }
  };

  return {
    async charge(namespace, demands, dryRun) {
      const excess = await look(reads, namespace, demands);
      if (excess || dryRun) return excess;
      const mine: Waiting = { demands };
      const line = lines.get(namespace);
      if (line) {
        line.waiting.push(mine);
        await line.working;
      } else {
        const first = { waiting: [mine], working: Promise.resolve() };
        lines.set(namespace, first);
        first.working = run(namespace, first);
        await first.working;
      }
      return mine.excess;
    },
  };
}

/** Most refusals need no write. What our memory says against a write is asked again where it is certain. */
async function look(
  reads: Pick<AdmissionReads, 'get' | 'getFresh'>,
  namespace: string,
  demands: Demands,
): Promise<Excess | undefined> {
  for (const [name, amounts] of demands) {
    const ref = { namespace, name };
    const atHand = await reads.get(resourceQuotas, ref);
    if (!atHand || !excessOf(atHand, amounts)) continue;
    const quota = await reads.getFresh(resourceQuotas, ref);
    const excess = quota && excessOf(quota, amounts);
    if (excess) return excess;
  }
  return undefined;
}

async function chargeAll(
  writes: AdmissionWrites,
  namespace: string,
  batch: readonly Waiting[],
): Promise<void> {
  const names = [...new Set(batch.flatMap(({ demands }) => [...demands.keys()]))].sort();
  const charged = new Map<Waiting, string[]>();
  for (const name of names) {
    const asking = batch.filter(({ demands, excess }) => !excess && demands.has(name));
    const outcome = await chargeOne(writes, { namespace, name }, asking);
    for (const one of asking) {
      const excess = outcome.get(one);
      if (excess) one.excess = excess;
      else charged.set(one, [...(charged.get(one) ?? []), name]);
    }
  }
  await giveBack(writes, namespace, charged);
}

type Ref = { readonly namespace: string; readonly name: string };

/** Charges one quota for as many as it has enough for, in the order in which they came. */
async function chargeOne(
  writes: AdmissionWrites,
  ref: Ref,
  asking: readonly Waiting[],
): Promise<ReadonlyMap<Waiting, Excess>> {
  let refused = new Map<Waiting, Excess>();
  await change(writes, ref, (quota) => {
    refused = new Map();
    let current = quota;
    for (const one of asking) {
      const amounts = one.demands.get(ref.name) ?? {};
      const excess = excessOf(current, amounts);
      if (excess) refused.set(one, excess);
      else current = withUsed(current, addAmounts(usedOf(current), amounts));
    }
    return current;
  });
  return refused;
}

/** Whoever was refused by one quota pays nothing to the others. */
async function giveBack(
  writes: AdmissionWrites,
  namespace: string,
  charged: ReadonlyMap<Waiting, readonly string[]>,
): Promise<void> {
  for (const [{ excess, demands }, names] of charged)
    for (const name of excess ? names : [])
      await change(writes, { namespace, name }, (quota) =>
        withUsed(quota, subtractAmounts(usedOf(quota), demands.get(name) ?? {})),
      );
}

/** A quota that has gone meanwhile limits nothing. */
async function change(
  writes: AdmissionWrites,
  ref: Ref,
  to: (quota: ResourceQuota) => ResourceQuota,
): Promise<void> {
  try {
    await writes.updateStatus(resourceQuotas, ref, to);
  } catch (err) {
    if (!isNotFound(err)) throw err;
  }
}

const usedOf = ({ status }: ResourceQuota): Amounts => parseAmounts(status?.used);

/** Only what the quota limits is written. */
const withUsed = (quota: ResourceQuota, used: Amounts): ResourceQuota => ({
  ...quota,
  status: {
    ...quota.status,
    used: formatAmounts(onlyAmounts(used, Object.keys(quota.status?.used ?? {}))),
  },
});
