/**
 * The topics of upstream's storage contract: the names of its `RunTest…` functions (apiserver/pkg/storage/testing,
 * 34 for stores and 15 for watches). Upstream's store knows objects, ours keys and bytes, so that part of its promises
 * are kept one room further up. Each topic has its test in one of the two suites, on every store.
 */

/** What `describeStorage` holds a store to. */
export const topicsOfKeys = [
  'Create',
  'CreateWithTTL',
  'CreateWithKeyExist',
  'Get',
  'ConditionalDelete',
  'List',
  'ConsistentList',
  'GetListRecursivePrefix',
  'ListPaging',
  'CompactRevision',
  'NamespaceScopedList',
  'GuaranteedUpdateWithTTL',
  'GuaranteedUpdateWithConflict',
  'Stats',
  'Watch',
  'DeleteTriggerWatch',
  'WatchFromNonZero',
  'DelayedWatchDelivery',
  'WatchContextCancel',
  'WatcherTimeout',
  'OptionalWatchBookmarksWithCorrectResourceVersion',
] as const;

/** What the registry's suite holds objects on a store to. */
export const topicsOfObjects = [
  'UnconditionalDelete',
  'DeleteWithSuggestion',
  'DeleteWithSuggestionAndConflict',
  'DeleteWithConflict',
  'DeleteWithSuggestionOfDeletedObject',
  'ValidateDeletionWithSuggestion',
  'ValidateDeletionWithOnlySuggestionValid',
  'PreconditionalDeleteWithSuggestion',
  'PreconditionalDeleteWithOnlySuggestionPass',
  'GetListNonRecursive',
  'ListContinuation',
  'ListPaginationRareObject',
  'ListContinuationWithFilter',
  'ListInconsistentContinuation',
  'ListResourceVersionMatch',
  'KeySchema',
  'GuaranteedUpdate',
  'GuaranteedUpdateChecksStoredData',
  'GuaranteedUpdateWithSuggestionAndConflict',
  'TransformationFailure',
  'ClusterScopedWatch',
  'NamespaceScopedWatch',
  'WatchFromZero',
  'WatchError',
  'WatchDeleteEventObjectHaveLatestRV',
  'WatchInitializationSignal',
  'WatchWithUnsafeDelete',
  'WatchDispatchBookmarkEvents',
] as const;

export type TopicOfKeys = (typeof topicsOfKeys)[number];
export type TopicOfObjects = (typeof topicsOfObjects)[number];
