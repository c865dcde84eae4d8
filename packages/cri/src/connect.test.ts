import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger, systemClock } from '@berth/component-base';
import { connectCri } from './connect.ts';
import type { Cri, RuntimeService } from './cri.ts';
import { serveCri } from './server.ts';
import { createSimulatedCri } from './simulated/runtime.ts';
import { eventually } from './testing/contract/eventually.ts';
import { hasReason } from './testing/contract/errors.ts';

describe('connecting to a runtime', () => {
  let dir = '';
  let endpoint = '';
  let cri: Cri;
  const closing: (() => unknown)[] = [];
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'berth-connect-'));
    endpoint = `unix://${dir}/cri.sock`;
    cri = createSimulatedCri({
      clock: systemClock,
      logger: silentLogger,
      podCidr: '10.0.0.0/24',
    });
  });
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
    cri.close();
    await rm(dir, { recursive: true, force: true });
  });

  async function serve(runtime: Partial<RuntimeService> = {}) {
    const served = { ...cri, runtime: { ...cri.runtime, ...runtime } };
    const server = await serveCri(served, endpoint, (err) => assert.fail(String(err)));
    closing.push(() => server.close());
    return server;
  }
  async function connect() {
    const client = await connectCri({ endpoint });
    closing.push(() => client.close());
    return client;
  }

  it('fails when nothing answers', async () => {
    await assert.rejects(connectCri({ endpoint }), hasReason('Unavailable'));
  });

  it('knows whether the runtime tells events', async () => {
    const server = await serve();
    assert.ok('containerEvents' in (await connect()).runtime);
    await server.close();
    const silent = { ...cri.runtime };
    delete silent.containerEvents;
    const quiet = await serveCri({ ...cri, runtime: silent }, endpoint, () => undefined);
    closing.push(() => quiet.close());
    assert.ok(!('containerEvents' in (await connect()).runtime));
  });

  it('lives through a restart of the runtime', async () => {
    const server = await serve();
    const client = await connect();
    await server.close();
    await assert.rejects(client.runtime.version(), hasReason('Unavailable'));
    await serve();
    await eventually(() => client.runtime.version().catch(() => undefined));
  });

  it('gives up when the signal aborts', async () => {
    const never = new Promise<never>(() => undefined);
    await serve({ runPodSandbox: () => never });
    const client = await connect();
    const config = {
      metadata: { name: 'a', uid: 'a', namespace: 'a', attempt: 0 },
      logDirectory: dir,
      labels: {},
      annotations: {},
    };
    const patience = new AbortController();
    const running = client.runtime.runPodSandbox(config, '', patience.signal);
    patience.abort();
    await assert.rejects(running, { name: 'CriError' });
  });

  it('takes a missing answer for no answer', async () => {
    await serve({ listContainerStats: async () => [{ attributes: attributesOf('x') }] });
    const [stats] = await (await connect()).runtime.listContainerStats();
    assert.deepEqual(
      [stats?.attributes.id, stats?.cpu, stats?.memory],
      ['x', undefined, undefined],
    );
  });
});

const attributesOf = (id: string) => ({
  id,
  metadata: { name: 'a', attempt: 0 },
  labels: {},
  annotations: {},
});
