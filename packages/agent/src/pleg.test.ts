import assert from 'node:assert/strict';

import { silentLogger } from '@berth/component-base';
import type { ContainerEvent } from '@berth/cri';
import { createFakeClock } from '@berth/component-base/testing';
import type { FakeClock } from '@berth/component-base/testing';

import { sandboxLabels } from './cri-labels.ts';
import { createPleg } from './pleg.ts';
import { createFakeCri, makePod } from './testing/index.ts';
import type { FakeCri } from './testing/index.ts';

describe('pleg', () => {
  let clock: FakeClock;
  let cri: FakeCri;
  let told: (readonly [string, boolean])[];
  beforeEach(() => {
    clock = createFakeClock();
    cri = createFakeCri(clock);
    told = [];
  });

  const create = (runtime = cri.runtime) =>
    createPleg({
      runtime,
      clock,
      logger: silentLogger,
      intervalMs: 1000,
      onChange: ({ uid }, present) => told.push([uid, present]),
    });
  const addSandbox = (uid: string) => {
    const pod = makePod({ metadata: { uid } });
    const metadata = { name: 'a', namespace: 'default', uid, attempt: 0 };
    const config = { metadata, logDirectory: '', labels: sandboxLabels(pod), annotations: {} };
    return cri.runtime.runPodSandbox(config, '');
  };

  it('tells which pods changed, and when nothing of one is left', async () => {
    const pleg = create();
    const id = await addSandbox('u');
    await pleg.relist();
    await pleg.relist();
    assert.deepEqual(told, [['u', true]]);
    await cri.runtime.stopPodSandbox(id);
    await pleg.relist();
    await cri.runtime.removePodSandbox(id);
    await pleg.relist();
    assert.deepEqual(told, [
      ['u', true],
      ['u', true],
      ['u', false],
    ]);
  });

  it('looks every second, also after a failure', async () => {
    const stop = new AbortController();
    const running = create().run(stop.signal);
    await addSandbox('u');
    cri.before('listPodSandbox', () => {
      throw new Error('gone');
    });
    await clock.advance(1000);
    assert.deepEqual(told, []);
    await clock.advance(1000);
    assert.deepEqual(told, [['u', true]]);
    stop.abort();
    await running;
    assert.equal(clock.pending(), 0);
  });

  it('listens to a runtime that tells, and looks by itself when it stops telling', async () => {
    let tell: () => void = () => undefined;
    let lose: (err: Error) => void = () => undefined;
    const runtime = {
      ...cri.runtime,
      async *containerEvents() {
        for (;;) {
          await new Promise<void>((resolve, reject) => ([tell, lose] = [resolve, reject]));
          yield { containerId: '', podSandboxId: '', type: 'STARTED' as const };
        }
      },
    };
    const stop = new AbortController();
    const running = create(runtime).run(stop.signal);
    await addSandbox('u');
    await clock.advance(0);
    tell();
    await clock.advance(0);
    assert.deepEqual(told, [['u', true]]);
    lose(new Error('lost'));
    await addSandbox('v');
    await clock.advance(31_000);
    assert.deepEqual(told.at(-1), ['v', true]);
    stop.abort();
    lose(new Error('end'));
    await running;
  });

  it('lists everything when it begins to listen, and then at most the one sandbox that an event is of', async () => {
    const u = await addSandbox('u');
    const asked: unknown[] = [];
    let tell: (event: ContainerEvent) => void = () => undefined;
    const runtime = {
      ...cri.runtime,
      listPodSandbox: (filter?: { readonly id?: string }) => {
        asked.push(filter);
        return cri.runtime.listPodSandbox(filter);
      },
      async *containerEvents() {
        for (;;) yield await new Promise<ContainerEvent>((resolve) => (tell = resolve));
      },
    };
    const stop = new AbortController();
    void create(runtime).run(stop.signal);
    await clock.advance(0);
    const after = async (podSandboxId: string, type: ContainerEvent['type']) => {
      told = [];
      asked.length = 0;
      tell({ containerId: '', podSandboxId, type });
      await clock.advance(0);
      return { told, asked: [...asked] };
    };
    assert.deepEqual([told, asked], [[['u', true]], [{}]]);
    const v = await addSandbox('v');
    assert.deepEqual(await after(v, 'CREATED'), { told: [['v', true]], asked: [{ id: v }] });
    assert.deepEqual(await after(v, 'STARTED'), { told: [['v', true]], asked: [] });
    await cri.runtime.removePodSandbox(v);
    assert.deepEqual(await after(v, 'DELETED'), { told: [['v', false]], asked: [{ id: v }] });
    assert.deepEqual(await after(v, 'DELETED'), { told: [], asked: [{ id: v }] });
    await cri.runtime.removePodSandbox(u);
    assert.deepEqual(await after('', 'DELETED'), { told: [['u', false]], asked: [{}] });
    stop.abort();
    tell({ containerId: '', podSandboxId: '', type: 'STOPPED' });
  });

  it('pays no attention to what belongs to no pod', async () => {
    const metadata = { name: 'x', namespace: '', uid: '', attempt: 0 };
    await cri.runtime.runPodSandbox(
      { metadata, logDirectory: '', labels: {}, annotations: {} },
      '',
    );
    await create().relist();
    assert.deepEqual(told, []);
  });
});
