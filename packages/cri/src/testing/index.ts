export { describeRuntime } from './contract.ts';
export type { ContractImages, RuntimeUnderTest } from './contract.ts';
export { startTestContainerd, whyNoContainerd } from './containerd.ts';
export type { TestContainerd } from './containerd.ts';
export { loggedStart } from './logged-start.ts';
export type { LoggedCall, LoggedStart } from './logged-start.ts';
