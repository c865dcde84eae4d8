import assert from 'node:assert/strict';
import { KubeConfig } from '@kubernetes/client-node';
import { startApiServer } from '../bench/api-server.ts';
import { churn } from '../churn/churn.ts';
import { eventually } from '../eventually.ts';

describe("client-node's informer", function () {
  this.timeout(90_000);

  it('knows what there is, though the server falls while objects come, change and go', async () => {
    const server = await startApiServer({ store: 'embedded' });
    try {
      const config = new KubeConfig();
      config.loadFromFile(server.kubeconfig);
      const { restart } = server;
      const random = Math.random;
      const pause = async (writes: () => number) => {
        const before = writes();
        await eventually(() => writes() >= before + 15, { withinMs: 30_000 });
      };
      const told = await churn({ config, restart, restarts: 2, pause, random });
      assert.deepEqual(told.problems, []);
      assert.ok(told.writes >= 45 && told.events > 20, JSON.stringify(told));
    } finally {
      await server.stop();
    }
  });
});
