export type {
  Client,
  DeleteOptions,
  ListOptions,
  PatchType,
  WatchOptions,
  WriteOptions,
} from './client.ts';
export type { EventRecorder } from './events.ts';
export type {
  IndexFunction,
  Informer,
  InformerFactory,
  InformerHandler,
  InformerOptions,
  Lister,
} from './informer.ts';
export type { Workqueue } from './workqueue.ts';
