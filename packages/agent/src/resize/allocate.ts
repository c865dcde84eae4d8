import { claimsOf } from '../admission/claims.ts';
import type { PodRecord, PodRecords } from '../pod-record.ts';
import { wantedBy, withAllocated } from './allocated.ts';
import { planAllocation } from './plan-allocation.ts';

/** Gives a pod what it asks for, or remembers why not. */
export function allocate(
  record: PodRecord,
  records: Pick<PodRecords, 'all'>,
  allocatable: Readonly<Record<string, string>>,
): void {
  const others = records
    .all()
    .filter((other) => other !== record && !other.finished && !other.verdict)
    .map(({ pod, allocated }) => withAllocated(pod, allocated));
  const { pod, allocated } = record;
  const plan = planAllocation({ pod, allocated, others, allocatable });
  record.pendingResize =
    plan.kind === 'pending' ? { reason: plan.reason, message: plan.message } : undefined;
  if (plan.kind !== 'grant') return;
  record.allocated = wantedBy(pod);
  record.claims = claimsOf(pod);
}
