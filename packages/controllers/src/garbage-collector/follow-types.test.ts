import assert from 'node:assert/strict';
import type { ApiResponse, ResourceType } from '@berth/api';
import { createClient, createEventRecorder, createInformerFactory } from '@berth/client';
import { silentLogger } from '@berth/component-base';
import { createFakeClock } from '@berth/component-base/testing';
import { followTypes } from './follow-types.ts';

const answer = (status: number, value: object): ApiResponse => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: (async function* () {
    yield Buffer.from(JSON.stringify(value));
  })(),
});
const refusal = () => answer(403, { kind: 'Status', code: 403, reason: 'Forbidden' });

/** Asks `respond` what is served, and hears of nothing. */
function follow(respond: (path: string) => ApiResponse) {
  const clock = createFakeClock();
  const client = createClient(async ({ path }) => respond(path), { userAgent: 'test' });
  const parts = { client, clock, random: () => 0, logger: silentLogger };
  const recorder = (component: string) =>
    createEventRecorder({ ...parts, component, instance: 'test' });
  const learned: ResourceType[] = [];
  const types = followTypes(
    { ...parts, informers: createInformerFactory(parts), recorder },
    {
      handlerOf: () => ({ added: () => {}, updated: () => {}, deleted: () => {} }),
      learned: (fresh) => void learned.push(...fresh),
      forgotten: () => assert.fail('nothing was followed'),
    },
  );
  return { types, clock, learned };
}

describe('the types that are followed', () => {
  it('are asked for until the API server says them', async () => {
    const asked: string[] = [];
    const { types, clock, learned } = follow((path) => {
      asked.push(path);
      if (asked.length <= 2) return refusal();
      if (path === '/apis') return answer(200, { kind: 'APIGroupList', groups: [] });
      const verbs = ['list', 'watch', 'delete'];
      const pods = { name: 'pods', singularName: 'pod', kind: 'Pod', namespaced: true, verbs };
      return answer(200, { kind: 'APIResourceList', groupVersion: 'v1', resources: [pods] });
    });
    const started = types.start(new AbortController().signal);
    for (let second = 0; second < 5; second += 1) await clock.advance(1_000);
    await started;
    assert.deepEqual(asked, ['/apis', '/apis', '/apis', '/api/v1']);
    assert.deepEqual(
      learned.map(({ resource }) => resource),
      ['pods'],
    );
  });

  it('are all that can be followed and deleted, but events', async () => {
    const verbs = ['list', 'watch', 'delete'];
    const resource = (name: string, kind: string, more = {}) => ({
      name,
      singularName: kind.toLowerCase(),
      kind,
      namespaced: true,
      verbs,
      ...more,
    });
    const served: Record<string, readonly object[]> = {
      '/api/v1': [
        resource('pods', 'Pod'),
        resource('events', 'Event'),
        resource('bindings', 'Binding', { verbs: ['create'] }),
      ],
      '/apis/events.k8s.io/v1': [resource('events', 'Event')],
    };
    const groupVersion = 'events.k8s.io/v1';
    const version = { groupVersion, version: 'v1' };
    const group = { name: 'events.k8s.io', versions: [version], preferredVersion: version };
    const { types, learned } = follow((path) =>
      path === '/apis'
        ? answer(200, { kind: 'APIGroupList', groups: [group] })
        : answer(200, { kind: 'APIResourceList', groupVersion, resources: served[path] }),
    );
    await types.start(new AbortController().signal);
    assert.deepEqual(
      learned.map(({ resource: name }) => name),
      ['pods'],
    );
  });

  it('are asked for no longer when it is over', async () => {
    let asked = 0;
    const { types, clock, learned } = follow(() => {
      asked += 1;
      return refusal();
    });
    const stop = new AbortController();
    const started = types.start(stop.signal);
    await clock.advance(1_000);
    stop.abort();
    await started;
    const before = asked;
    await clock.advance(60_000);
    assert.deepEqual([asked, learned], [before, []]);
  });
});
