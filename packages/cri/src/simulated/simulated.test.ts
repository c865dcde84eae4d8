import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger, systemClock } from '@berth/component-base';
import { connectCri } from '../connect.ts';
import { describeRuntime } from '../testing/contract.ts';
import { createSimulatedCri } from './runtime.ts';
import { startSimulatedRuntime } from './start.ts';

const images = { image: 'berth.dev/sample:1', spare: 'berth.dev/spare:1' };
const options = {
  clock: systemClock,
  logger: silentLogger,
  podCidr: '10.90.0.0/24',
  images: Object.values(images),
};

describeRuntime(
  'simulated, in this process',
  async () => {
    const dir = await mkdtemp(join(tmpdir(), 'berth-simulated-'));
    const cri = createSimulatedCri(options);
    return {
      cri,
      dir,
      reconnect: async () => ({ ...cri, close: () => undefined }),
      async close() {
        cri.close();
        await rm(dir, { recursive: true });
      },
    };
  },
  images,
);

describeRuntime(
  'simulated, over its socket',
  async () => {
    const dir = await mkdtemp(join(tmpdir(), 'berth-simulated-'));
    const served = await startSimulatedRuntime({
      ...options,
      socket: join(dir, 'cri.sock'),
    });
    const { endpoint } = served;
    const cri = await connectCri({ endpoint });
    return {
      cri,
      dir,
      reconnect: () => connectCri({ endpoint }),
      async close() {
        cri.close();
        await served.close();
        await rm(dir, { recursive: true });
      },
    };
  },
  images,
);
