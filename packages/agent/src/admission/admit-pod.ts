import type { Node } from '@berth/api';

import type { PodEvents } from '../pod-events.ts';
import { isTerminalPhase } from '../pod-phase.ts';
import type { PodRecord, PodRecords } from '../pod-record.ts';
import { claimsOf } from './claims.ts';
import { planAdmission } from './plan-admission.ts';

export interface AdmissionOptions {
  readonly records: Pick<PodRecords, 'all'>;
  readonly events: PodEvents;
  readonly allocatable: Readonly<Record<string, string>>;
  readonly node: () => Node | undefined;
}

/** Whether the node takes a pod: `later` when that cannot be told yet. */
type Admission = 'admitted' | 'refused' | 'later';

/** Looks once at each pod that is new to the node, and remembers what those that it takes hold. */
export function createAdmission({ records, events, allocatable, node }: AdmissionOptions) {
  return (record: PodRecord): Admission => {
    if (record.claims) return 'admitted';
    const { pod } = record;
    const claims = claimsOf(pod);
    const self = node();
    const refusal = planAdmission({
      pod,
      claims,
      others: records.all().flatMap(heldBy),
      allocatable: { ...self?.status?.allocatable, ...allocatable },
      node: self,
    });
    if (!refusal) {
      record.claims = claims;
      return 'admitted';
    }
    const { reason, message, byNode } = refusal;
    if (byNode && !record.unfit) {
      record.unfit = true;
      return 'later';
    }
    events.pod(pod, 'Warning', reason, message);
    record.verdict = { reason, message: `Pod was rejected: ${message}` };
    record.refused = true;
    return 'refused';
  };
}

/** Of what has stopped, is over in the API or gone from it nothing is held: that is what whoever bound the new pod saw. */
const heldBy = ({ pod, claims, gone, stopped }: PodRecord) =>
  claims && !gone && !stopped && !isTerminalPhase(pod.status?.phase) ? [claims] : [];
