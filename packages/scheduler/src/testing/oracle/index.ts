export { failureMessage } from './message.ts';
export { preemptFor } from './preempt.ts';
export type { Eviction, Preemption } from './preempt.ts';
export { gatesOf, ruleOn } from './rule.ts';
export type { Ruling } from './rule.ts';
export type { Refusal, World } from './world.ts';
