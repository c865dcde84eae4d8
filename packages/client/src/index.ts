export type {
  Client,
  DeleteOptions,
  ListOptions,
  PatchType,
  WatchOptions,
  WriteOptions,
} from './client.ts';
export { createEventRecorder } from './event-recorder.ts';
export type { EventRecorderOptions } from './event-recorder.ts';
export type { EventRecorder } from './events.ts';
export { bearerOf, createHttpsTransport } from './https-transport.ts';
export type { Connection, HttpsTransport } from './https-transport.ts';
export type {
  IndexFunction,
  Informer,
  InformerFactory,
  InformerHandler,
  InformerOptions,
  Lister,
} from './informer.ts';
export { inClusterConnection } from './in-cluster.ts';
export type { InClusterOptions } from './in-cluster.ts';
export { createInformerFactory } from './informers.ts';
export type { InformerFactoryOptions } from './informers.ts';
export { limitRate } from './limit-rate.ts';
export type { RateLimit } from './limit-rate.ts';
export { formatKubeconfig, loadKubeconfig } from './kubeconfig.ts';
export type { KubeconfigChoice, KubeconfigParts, LoadedKubeconfig } from './kubeconfig.ts';
export { createPooledTransport } from './pooled-transport.ts';
export type { PooledTransportOptions } from './pooled-transport.ts';
export { runAsLeader } from './leader-election.ts';
export type { LeaderElectionOptions } from './leader-election.ts';
export { createClient, textOf } from './rest-client.ts';
export type { ClientOptions } from './rest-client.ts';
export { createStore } from './store.ts';
export type { Store } from './store.ts';
export { createWorkqueue } from './create-workqueue.ts';
export type { WorkqueueOptions } from './create-workqueue.ts';
export type { Workqueue } from './workqueue.ts';
