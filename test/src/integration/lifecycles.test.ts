import { onEachStore } from '@berth/storage/testing';
import { describeLifecycles } from './lifecycles.ts';

onEachStore(describeLifecycles);
