import type { Admission, AdmissionReads } from './admission.ts';
import { defaultTolerationSeconds, usualTolerationSeconds } from './default-toleration-seconds.ts';
import { namespaceLifecycle } from './namespace-lifecycle.ts';
import { nodeRestriction } from './node-restriction.ts';
import { priority } from './priority.ts';
import { serviceAccount } from './service-account.ts';
import { taintNodes } from './taint-nodes.ts';

/** The opinions that every cluster has, in the order in which upstream asks them. */
export const defaultAdmission =
  (random: () => number, tolerationSeconds = usualTolerationSeconds) =>
  (reads: AdmissionReads): readonly Admission[] => [
    namespaceLifecycle(reads),
    serviceAccount(reads, random),
    nodeRestriction(reads),
    taintNodes,
    priority(reads),
    defaultTolerationSeconds(tolerationSeconds),
  ];
