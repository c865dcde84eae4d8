import { createMemoryStorage } from './memory.ts';
import { describeStorage } from './testing/contract.ts';

describeStorage('memory', async (options) => createMemoryStorage(options));
