import type { TopicOfObjects } from '@berth/storage/testing';
import { deletes } from './deletes.ts';
import { lists } from './lists.ts';
import type { TopicTest } from './topic-bench.ts';
import { updates } from './updates.ts';
import { watches } from './watches.ts';

/** A test for each of upstream's storage topics that is about objects; the type asks for all of them. */
export const topics: Readonly<Record<TopicOfObjects, TopicTest>> = {
  ...deletes,
  ...updates,
  ...lists,
  ...watches,
};
