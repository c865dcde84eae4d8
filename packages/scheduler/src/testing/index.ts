export { arbitraryHistory } from './histories/history.ts';
export type { History, HistoryOptions } from './histories/history.ts';
export { liveThrough } from './histories/live-through.ts';
export type { Subject } from './histories/live-through.ts';
export type { PodOptions, Rule } from './histories/pods.ts';
export { failureMessage, gatesOf, preemptFor, ruleOn } from './oracle/index.ts';
export type { Eviction, Preemption, Refusal, Ruling, World } from './oracle/index.ts';
