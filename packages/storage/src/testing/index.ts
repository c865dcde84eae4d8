export { describeStorage } from './contract.ts';
export type { ContractOptions, OpenOptions, OpenStorage } from './contract.ts';
export { etcdUnavailable, startEtcd } from './etcd-server.ts';
export type { EtcdServer } from './etcd-server.ts';
export { makeLate } from './late-storage.ts';
export type { LateStorage } from './late-storage.ts';
export { makeFaulty } from './faulty-storage.ts';
export type { FaultyStorage } from './faulty-storage.ts';
export {
  createTestStorage,
  onEachStore,
  onMemoryOnly,
  testEtcdUrl,
  testStore,
} from './test-storage.ts';
export { topicsOfObjects } from './topics.ts';
export type { TopicOfObjects } from './topics.ts';
