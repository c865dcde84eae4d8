export { ExpiredError, SlowWatcherError, UnavailableError, UnknownOutcomeError } from './errors.ts';
export type {
  KeyValue,
  ListOptions,
  ListResult,
  Revision,
  Storage,
  StorageEvent,
  WatchItem,
} from './storage.ts';
