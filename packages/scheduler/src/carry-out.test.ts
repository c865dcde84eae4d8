import assert from 'node:assert/strict';
import type { Pod } from '@berth/api';
import { makeNode, makePod } from '@berth/api/testing';
import { silentLogger } from '@berth/component-base';
import { createFakeClock } from '@berth/component-base/testing';
import type { Binder } from './bind-pods.ts';
import { createCarrier } from './carry-out.ts';
import type { CarrierOptions } from './carry-out.ts';
import { createClusterState } from './cluster-state.ts';
import type { Profile } from './profiles.ts';

/** A carrier whose binds all go through, and what it looks up afterwards. */
function start() {
  const clock = createFakeClock();
  const state = createClusterState();
  state.setNode(makeNode('n'));
  const lookedUp: string[] = [];
  const binder: Binder = {
    bind: () => Promise.resolve({ kind: 'bound' }),
    lookUp({ metadata }) {
      lookedUp.push(metadata.uid);
      return Promise.resolve({ kind: 'gone' });
    },
  };
  const nothing = () => undefined;
  const carrier = createCarrier({
    ...{ binder, state, clock, logger: silentLogger },
    queue: { placed: nothing, happened: nothing },
    reporter: { scheduled: nothing },
    metrics: { extensionPoint: nothing, attempted: nothing, scheduled: nothing },
    volumes: {},
  } as unknown as CarrierOptions);
  const stop = new AbortController();
  const confirming = carrier.confirm(stop.signal);
  return {
    ...{ clock, state, lookedUp },
    async bind(pod: Pod) {
      const info = state.podInfo(pod);
      const queued = { info, since: clock.now(), attempts: 1 };
      const profile = { name: 'default-scheduler' } as Profile;
      await carrier.assume(queued, 'n', profile, 0).carryOut(stop.signal);
    },
    see: (pod: Pod) => state.addPod(state.podInfo(pod), 'n'),
    async end() {
      stop.abort();
      await clock.advance(0);
      await confirming;
    },
  };
}

const podOf = (name: string, uid = name) => makePod(name, {}, { metadata: { uid } });

describe('createCarrier', () => {
  it('looks up bound pods that are not seen on their nodes for half a minute, and no others', async () => {
    const { clock, state, lookedUp, bind, see, end } = start();
    const names = Array.from({ length: 600 }, (_, i) => `p${i}`);
    const isLost = (name: string) => name.endsWith('7');
    for (const name of names) {
      await bind(podOf(name));
      if (!isLost(name)) see(podOf(name));
    }
    await clock.advance(29_999);
    assert.deepEqual(lookedUp, []);
    await clock.advance(1);
    assert.deepEqual(lookedUp, names.filter(isLost));
    assert.ok(names.every((name) => state.placementOf(`default/${name}`) || isLost(name)));
    await clock.advance(120_000);
    assert.equal(lookedUp.length, names.filter(isLost).length);
    await end();
  });

  it('does not take another pod of the same name for the one that it bound', async () => {
    const { clock, state, lookedUp, bind, end } = start();
    await bind(podOf('p', 'first'));
    await clock.advance(20_000);
    state.removePod('default/p');
    await bind(podOf('p', 'second'));
    await clock.advance(10_000);
    assert.deepEqual(lookedUp, []);
    await clock.advance(30_000);
    assert.deepEqual(lookedUp, ['second']);
    await end();
  });
});
