export { failureMessage, gatesOf, preemptFor, ruleOn } from './oracle/index.ts';
export type { Eviction, Preemption, Refusal, Ruling, World } from './oracle/index.ts';
