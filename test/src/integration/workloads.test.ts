import { onEachStore } from '@berth/storage/testing';
import { describeWorkloads } from './workloads.ts';

onEachStore(describeWorkloads);
