import assert from 'node:assert/strict';
import { createFakeClock } from '@berth/component-base/testing';
import {
  makeConfigMap,
  makeNamespace,
  makeNode,
  makePod,
  makeReplicaSet,
} from '@berth/api/testing';
import { toSelector } from '@berth/api';
import fc from 'fast-check';
import { createExpectations } from './expectations.ts';
import { inGrowingBatches } from './growing-batches.ts';
import { isEmpty, planConditions } from './namespace/plan.ts';
import { formatCidr, parseCidr, planPodCidr } from './node-ipam/plan.ts';
import { planClaims, selectedBy } from './owned.ts';
import { planNamespaceFurniture, rootCaName } from './service-account/plan.ts';

describe('planPodCidr', () => {
  const cluster = parseCidr('10.244.0.0/16');
  it('gives every node a range of its own until none is left', () => {
    const nodes = [];
    for (let i = 0; i < 256; i += 1) {
      const podCIDR = planPodCidr(nodes, cluster, 24);
      assert.equal(podCIDR, `10.244.${i}.0/24`);
      nodes.push(makeNode(`n${i}`, { podCIDR }));
    }
    assert.equal(planPodCidr(nodes, cluster, 24), undefined);
    assert.equal(planPodCidr(nodes.slice(1), cluster, 24), '10.244.0.0/24');
  });
  it('prints what it parses, with the host bits cleared', () => {
    assert.equal(formatCidr(parseCidr('192.168.77.1/20')), '192.168.64.0/20');
    for (const bad of ['', '10.0.0.0', '10.0.0/8', '300.0.0.0/8', '10.0.0.0/33', 'x/8']) {
      assert.throws(() => parseCidr(bad), /is not an IPv4 range/);
    }
  });
});

describe('planNamespaceFurniture', () => {
  const namespace = makeNamespace('n');
  const observed = { namespace, account: undefined, rootCaMap: undefined, rootCa: 'CA' };
  it('makes what is missing', () => {
    const plan = planNamespaceFurniture(observed);
    assert.equal(plan.createAccount, true);
    assert.equal(plan.rootCaMap?.kind, 'create');
  });
  it('mends a ConfigMap that somebody changed', () => {
    const rootCaMap = makeConfigMap(rootCaName, { 'ca.crt': 'other' });
    const plan = planNamespaceFurniture({ ...observed, rootCaMap });
    assert.ok(plan.rootCaMap?.kind === 'update');
    assert.deepEqual(plan.rootCaMap.next.data, { 'ca.crt': 'CA' });
  });
  it('makes nothing in a namespace that is on its way out', () => {
    const leaving = makeNamespace('n', { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } });
    assert.deepEqual(planNamespaceFurniture({ ...observed, namespace: leaving }), {
      createAccount: false,
    });
  });
});

describe('planConditions', () => {
  it('names what is left and the finalizers it waits for', () => {
    const remainders = [{ resource: 'pods.', count: 2, finalizers: new Map([['f', 1]]) }];
    const emptying = { undiscovered: new Map(), remainders, failures: [] };
    const conditions = planConditions(makeNamespace('n'), emptying, 0);
    const message = (type: string) => conditions.find((c) => c.type === type)?.message;
    assert.equal(
      message('NamespaceContentRemaining'),
      'Some resources are remaining: pods. has 2 resource instances',
    );
    assert.match(message('NamespaceFinalizersRemaining') ?? '', /f in 1 resource instances/);
  });
  it('names the groups that do not say what they serve, and does not take them for empty', () => {
    const undiscovered = new Map([
      ['metrics.k8s.io/v1beta1', 'service unavailable'],
      ['a.example.com/v1', 'gone'],
    ]);
    const emptying = { undiscovered, remainders: [], failures: [] };
    const [first] = planConditions(makeNamespace('n'), emptying, 0);
    assert.deepEqual([first?.type, first?.status], ['NamespaceDeletionDiscoveryFailure', 'True']);
    assert.equal(first?.reason, 'DiscoveryFailed');
    assert.equal(
      first.message,
      'Discovery failed for some groups, 2 failing: unable to retrieve the complete list of server APIs: a.example.com/v1: gone, metrics.k8s.io/v1beta1: service unavailable',
    );
    assert.equal(isEmpty(emptying), false);
    assert.equal(isEmpty({ ...emptying, undiscovered: new Map() }), true);
  });
});

describe('planClaims', () => {
  const set = makeReplicaSet('web');
  const fits = selectedBy(toSelector({ matchLabels: { app: 'web' } }));
  const ownedBy = (uid: string) => ({
    ownerReferences: [
      { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: uid, uid, controller: true },
    ],
  });
  it('adopts matching orphans, releases what stopped matching, and leaves others alone', () => {
    const labels = { app: 'web' };
    const mine = makePod('mine', {}, { metadata: { labels, ...ownedBy(set.metadata.uid) } });
    const strayed = makePod('strayed', {}, { metadata: ownedBy(set.metadata.uid) });
    const orphan = makePod('orphan', {}, { metadata: { labels } });
    const foreign = makePod('foreign', {}, { metadata: { labels, ...ownedBy('other') } });
    assert.deepEqual(planClaims(set, [mine, strayed, orphan, foreign], fits), {
      owned: [mine],
      adopt: [orphan],
      release: [strayed],
    });
  });
});

describe('createExpectations', () => {
  it('is satisfied when everything was seen, or after five minutes', () => {
    const clock = createFakeClock();
    const expectations = createExpectations(clock);
    expectations.expectCreations('k', 2);
    expectations.expectDeletions('k', ['u']);
    assert.equal(expectations.satisfied('k'), false);
    expectations.creationSeen('k');
    expectations.creationSeen('k');
    assert.equal(expectations.satisfied('k'), false);
    expectations.deletionSeen('k', 'u');
    assert.equal(expectations.satisfied('k'), true);
  });
  it('gives up what is never seen', async () => {
    const clock = createFakeClock();
    const expectations = createExpectations(clock);
    expectations.expectCreations('k', 1);
    await clock.advance(5 * 60_000 + 1);
    assert.equal(expectations.satisfied('k'), true);
  });
});

describe('inGrowingBatches', () => {
  it('stops at the first failing batch and tells how many were not done', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(100), fc.nat(100), async (count, failAt) => {
        let calls = 0;
        const undone = await inGrowingBatches(count, async () => {
          calls += 1;
          if (calls > failAt) throw new Error('no');
        });
        assert.equal(undone.length, count - Math.min(calls, failAt));
        assert.ok(calls <= Math.max(1, 2 * failAt + 1));
      }),
    );
  });
});
