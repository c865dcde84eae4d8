export { describeStorage } from './contract.ts';
export type { ContractOptions, OpenOptions, OpenStorage } from './contract.ts';
