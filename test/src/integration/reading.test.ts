import { onEachStore } from '@berth/storage/testing';
import { describeReading } from './reading.ts';

onEachStore(describeReading);
