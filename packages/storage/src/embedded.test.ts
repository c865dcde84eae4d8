import { systemClock } from '@berth/component-base';
import { openEmbeddedStorage } from './embedded.ts';
import { describeStorage } from './testing/contract.ts';
import { createTempDirs } from './testing/temp-dir.ts';

const dirs = createTempDirs();
after(() => dirs.removeAll());

describeStorage('embedded', ({ history }) =>
  openEmbeddedStorage({
    path: dirs.make(),
    clock: systemClock,
    ...(history !== undefined && { historyEvents: history }),
  }),
);
