import assert from 'node:assert/strict';
import { configMaps, resourceQuotas } from '@berth/api';
import type { KubeObject, ResourceQuota, ResourceType } from '@berth/api';
import { createInformerFactory } from '@berth/client';
import type { Client } from '@berth/client';
import { silentLogger, sleep } from '@berth/component-base';
import { createFakeClock } from '@berth/component-base/testing';
import type { ControllerContext } from '../controller.ts';
import { createResourceQuotaController } from './controller.ts';

describe('the resource quota controller', () => {
  it('counts again what went before it followed the kind', async () => {
    const clock = createFakeClock();
    const stop = new AbortController();
    const metadata = { namespace: 'a', resourceVersion: '1' };
    let quota = {
      metadata: { ...metadata, name: 'q' },
      spec: { hard: { configmaps: '5' } },
    } as unknown as ResourceQuota;
    let maps = [{ metadata: { ...metadata, name: 'one' } }] as KubeObject[];
    let letFollow = (): void => undefined;
    const following = new Promise<void>((resolve) => (letFollow = resolve));
    const pass = async (ms: number) => {
      for (let i = 0; i < ms; i += 100) await clock.advance(100);
    };
    const used: (string | undefined)[] = [];
    const client = {
      async list(type: ResourceType, { resourceVersion }: { readonly resourceVersion?: string }) {
        const isMap = type === configMaps;
        // An informer takes what is at hand.
        if (isMap && resourceVersion === '0') await following;
        return { metadata: { resourceVersion: '1' }, items: isMap ? maps : [quota] };
      },
      async *watch(_type: ResourceType, _options: object, signal: AbortSignal) {
        await sleep(clock, 3_600_000, signal);
        yield* [];
      },
      get: async () => quota,
      async updateStatus(_type: typeof resourceQuotas, next: ResourceQuota) {
        quota = next;
        used.push(next.status?.used?.['configmaps']);
        return next;
      },
    } as unknown as Client;
    const shared = { client, clock, random: () => 0, logger: silentLogger };
    const informers = createInformerFactory(shared);
    const controller = createResourceQuotaController({
      ...shared,
      informers,
    } as unknown as ControllerContext);
    const running = [informers.run(stop.signal), controller.run(stop.signal)];
    try {
      await pass(1_000);
      assert.deepEqual(used, ['1']);
      maps = [];
      letFollow();
      await pass(3_000);
      assert.deepEqual(used, ['1', '0']);
    } finally {
      stop.abort();
      letFollow();
      await Promise.all(running);
    }
  });
});
