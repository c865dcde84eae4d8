export { describeStorage } from './contract.ts';
export type { ContractOptions, OpenOptions, OpenStorage } from './contract.ts';
export { makeFaulty } from './faulty-storage.ts';
export type { FaultyStorage } from './faulty-storage.ts';
