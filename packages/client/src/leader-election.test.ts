import assert from 'node:assert/strict';
import { alreadyExists, conflict, leases, notFound } from '@berth/api';
import type { Lease } from '@berth/api';
import { silentLogger, sleep } from '@berth/component-base';
import { createFakeClock } from '@berth/component-base/testing';
import type { FakeClock } from '@berth/component-base/testing';
import type { Client } from './client.ts';
import { runAsLeader } from './leader-election.ts';

/** One Lease behind optimistic concurrency, which is all that an election asks of a server. */
function leaseServer() {
  let lease: Lease | undefined;
  let version = 0;
  let down = false;
  const check = () => {
    if (down) throw new Error('connection refused');
  };
  const store = (spec: Lease['spec'], metadata: Partial<Lease['metadata']>) => {
    version += 1;
    lease = {
      metadata: {
        name: 'l',
        uid: 'u',
        creationTimestamp: '',
        ...metadata,
        resourceVersion: `${version}`,
      },
      spec,
    };
    return lease;
  };
  const client = {
    async get() {
      check();
      if (!lease) throw notFound(leases, 'l');
      return lease;
    },
    async create(_type: unknown, draft: Lease) {
      check();
      if (lease) throw alreadyExists(leases, 'l');
      return store(draft.spec, draft.metadata);
    },
    async update(_type: unknown, next: Lease) {
      check();
      if (next.metadata.resourceVersion !== lease?.metadata.resourceVersion) {
        throw conflict(leases, 'l', 'stale');
      }
      return store(next.spec, next.metadata);
    },
  } as unknown as Client;
  return {
    client,
    holder: () => lease?.spec.holderIdentity,
    setDown: (value: boolean) => (down = value),
  };
}

function contender(server: ReturnType<typeof leaseServer>, clock: FakeClock, identity: string) {
  const stop = new AbortController();
  const state = { leading: false };
  const done = runAsLeader(
    {
      client: server.client,
      clock,
      logger: silentLogger,
      namespace: 'kube-system',
      name: 'l',
      identity,
    },
    async (signal) => {
      state.leading = true;
      while (!signal.aborted) await sleep(clock, 1000, signal);
      state.leading = false;
    },
    stop.signal,
  );
  return { state, done, stop: () => stop.abort() };
}

describe('runAsLeader', () => {
  it('lets one lead, and the next one after the first gave the lease back', async () => {
    const clock = createFakeClock();
    const server = leaseServer();
    const a = contender(server, clock, 'a');
    await clock.advance(100);
    const b = contender(server, clock, 'b');
    await clock.advance(60_000);
    assert.deepEqual([a.state.leading, b.state.leading], [true, false]);
    a.stop();
    await clock.advance(4_000);
    await a.done;
    assert.deepEqual([a.state.leading, b.state.leading], [false, true]);
    assert.equal(server.holder(), 'b');
    b.stop();
    await clock.advance(1);
    await b.done;
  });

  it('goes on at once with a lease that is its own, as after a crash', async () => {
    const clock = createFakeClock();
    const server = leaseServer();
    await server.client.create(leases, {
      metadata: { namespace: 'kube-system', name: 'l' },
      spec: { holderIdentity: 'a', leaseDurationSeconds: 15 },
    });
    const a = contender(server, clock, 'a');
    const b = contender(server, clock, 'b');
    await clock.advance(1);
    assert.deepEqual([a.state.leading, b.state.leading], [true, false]);
    a.stop();
    b.stop();
    await clock.advance(1);
    await Promise.all([a.done, b.done]);
  });

  it('stops leading when it cannot renew within the deadline', async () => {
    const clock = createFakeClock();
    const server = leaseServer();
    const a = contender(server, clock, 'a');
    await clock.advance(5_000);
    server.setDown(true);
    await clock.advance(13_000);
    await a.done;
    assert.equal(a.state.leading, false);
  });
});
