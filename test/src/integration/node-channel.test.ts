import assert from 'node:assert/strict';
import { caHashOf, joinCluster } from '@berth/agent';
import type { NodeCredentials } from '@berth/agent';
import { configMaps, events, leases, nodes, pods, secrets, services } from '@berth/api';
import { makeConfigMap, makeSecret, makeService } from '@berth/api/testing';
import type { Client } from '@berth/client';
import { systemClock } from '@berth/component-base';
import { createGrpcClient, isGrpcError } from '@berth/component-base/grpc';
import type { GrpcCode } from '@berth/component-base/grpc';
import { nodeService, serverName } from '@berth/component-base/node-protocol';
import { createCa, createRequest, issueClient } from '@berth/component-base/pki';
import type { KeyPair } from '@berth/component-base/pki';
import { eventually } from '../eventually.ts';
import { nodeDraft, startNodeCluster, token, unborn, validity } from './node-cluster.ts';
import type { NodeCluster } from './node-cluster.ts';

const refusedWith = (code: GrpcCode) => (err: unknown) => isGrpcError(err, code);

describe('node channel', () => {
  let cluster: NodeCluster;
  let admin: Client;

  beforeEach(async () => {
    cluster = await startNodeCluster();
    ({ admin } = cluster);
  });
  afterEach(() => cluster.close());

  describe('join', () => {
    it('gives a certificate for a token, to whoever knows the CA by its hash', async () => {
      const joined = await joinCluster({
        endpoint: cluster.endpoint(),
        trust: { caHash: caHashOf(cluster.ca.certPem) },
        token,
        nodeName: 'a',
      });
      assert.equal(caHashOf(joined.caPem), caHashOf(cluster.ca.certPem));
      const credentials = { ca: joined.caPem, cert: joined.certificatePem, key: joined.keyPem };
      const node = await cluster.channel('a', credentials).register(nodeDraft('a'));
      assert.equal(node.metadata.name, 'a');
    });

    it('refuses a token that is not good', async () => {
      const trust = { ca: cluster.ca.certPem };
      for (const bad of ['abcdef.ffffffffffffffff', 'zzzzzz.0123456789abcdef', 'x', '']) {
        await assert.rejects(
          joinCluster({ endpoint: cluster.endpoint(), trust, token: bad, nodeName: 'a' }),
          (err) => isGrpcError(err, 'UNAUTHENTICATED') || isGrpcError(err, 'PERMISSION_DENIED'),
        );
      }
    });

    it('sends no token to a server that the CA does not vouch for', async () => {
      const other = await createCa('other', validity);
      await assert.rejects(
        joinCluster({
          endpoint: cluster.endpoint(),
          trust: { caHash: caHashOf(other.certPem) },
          token,
          nodeName: 'a',
        }),
        /shows no CA with the hash/,
      );
    });

    it('signs nothing but the certificate of the node that is named', async () => {
      const client = createGrpcClient({
        address: cluster.endpoint(),
        service: await nodeService(),
        tls: { ca: cluster.ca.certPem, serverName },
      });
      try {
        const ask = async (
          commonName: string,
          organizations: readonly string[],
          nodeName = 'a',
        ) => {
          const { request } = await createRequest({ commonName, organizations });
          return client.unary('Join', { token, nodeName, certificateRequest: request });
        };
        const refused = refusedWith('PERMISSION_DENIED');
        await assert.rejects(ask('system:node:b', ['system:nodes']), refused);
        await assert.rejects(ask('system:node:a', ['system:masters']), refused);
        await assert.rejects(ask('system:node:a', ['system:nodes', 'system:masters']), refused);
        await assert.rejects(ask('system:node:A B', ['system:nodes'], 'A B'), refused);
        await assert.rejects(
          client.unary('Join', { token, nodeName: 'a', certificateRequest: new Uint8Array(9) }),
          refusedWith('INVALID_ARGUMENT'),
        );
      } finally {
        client.close();
      }
    });
  });

  it('answers nobody without the certificate of a node', async () => {
    const ask = async (tls: NodeCredentials | { readonly ca: string }) => {
      const client = createGrpcClient({
        address: cluster.endpoint(),
        service: await nodeService(),
        tls: { ...tls, serverName },
      });
      try {
        return await client.unary('ReportHealth', { leaseDurationSeconds: 40 });
      } finally {
        client.close();
      }
    };
    const signedBy = async (issuer: KeyPair, commonName: string, organization: string) => {
      const subject = { commonName, organizations: [organization] };
      const pair = await issueClient(issuer, subject, validity);
      return { ca: cluster.ca.certPem, cert: pair.certPem, key: pair.keyPem };
    };
    await assert.rejects(ask({ ca: cluster.ca.certPem }), refusedWith('UNAUTHENTICATED'));
    const stranger = await createCa('test-ca', validity);
    await assert.rejects(
      ask(await signedBy(stranger, 'system:node:a', 'system:nodes')),
      refusedWith('UNAUTHENTICATED'),
    );
    await assert.rejects(
      ask(await signedBy(cluster.ca, 'jane', 'system:nodes')),
      refusedWith('PERMISSION_DENIED'),
    );
    await assert.rejects(
      ask(await signedBy(cluster.ca, 'system:node:a', 'system:masters')),
      refusedWith('PERMISSION_DENIED'),
    );
  });

  describe('reports', () => {
    it('registers a node once and keeps what others wrote', async () => {
      const controlPlane = cluster.channel('a', await cluster.join('a'));
      const first = await controlPlane.register(nodeDraft('a'));
      await admin.update(nodes, {
        ...first,
        metadata: { ...first.metadata, labels: { ...first.metadata.labels, rack: '7' } },
      });
      const again = await controlPlane.register(
        nodeDraft('a', { capacity: { cpu: '8', memory: '8Gi', pods: '110' } }),
      );
      assert.equal(again.metadata.uid, first.metadata.uid);
      assert.equal(again.metadata.labels?.['rack'], '7');
      assert.equal(again.status?.capacity?.['cpu'], '8');
    });

    it('renews the lease and says when the node is gone', async () => {
      const controlPlane = cluster.channel('a', await cluster.join('a'));
      assert.equal(await controlPlane.reportHealth(undefined, 40), false);
      const node = await controlPlane.register(nodeDraft('a'));
      assert.equal(await controlPlane.reportHealth(undefined, 40), true);
      const lease = await admin.get(leases, { namespace: 'kube-node-lease', name: 'a' });
      assert.equal(lease.spec.holderIdentity, 'a');
      assert.equal(lease.metadata.ownerReferences?.[0]?.uid, node.metadata.uid);
      const condition = {
        type: 'Ready',
        status: 'False',
        reason: 'KubeletNotReady',
        lastHeartbeatTime: '2026-01-01T00:00:00Z',
        lastTransitionTime: '2026-01-01T00:00:00Z',
      };
      assert.ok(await controlPlane.reportHealth({ conditions: [condition] }, 40));
      const after = await admin.get(nodes, { name: 'a' });
      assert.equal(after.status?.conditions?.[0]?.reason, 'KubeletNotReady');
      assert.equal(after.status.capacity?.['cpu'], '4');
      const renewed = await admin.get(leases, { namespace: 'kube-node-lease', name: 'a' });
      assert.ok((renewed.spec.renewTime ?? '') >= (lease.spec.renewTime ?? ''));
    });

    it('writes the status of its own pods only, and of the very pod that it means', async () => {
      const a = await cluster.startNode('a');
      const b = await cluster.startNode('b');
      const pod = await cluster.createPod('web', { nodeName: 'a' });
      const ref = { namespace: 'default', name: 'web' };
      const status = { phase: 'Running', podIP: '10.0.0.1' };
      assert.equal(await a.reportPodStatus(ref, 'another-uid', status), false);
      assert.equal(await a.reportPodStatus({ ...ref, name: 'nope' }, 'x', status), false);
      await assert.rejects(
        b.reportPodStatus(ref, pod.metadata.uid, status),
        refusedWith('PERMISSION_DENIED'),
      );
      assert.equal((await admin.get(pods, ref)).status?.phase, 'Pending');
      assert.equal(await a.reportPodStatus(ref, pod.metadata.uid, status), true);
      assert.equal((await admin.get(pods, ref)).status?.phase, 'Running');
    });

    it('keeps conditions that others wrote', async () => {
      const a = await cluster.startNode('a');
      const pod = await cluster.createPod('web', { nodeName: 'a' });
      const gate = { type: 'example.com/gate', status: 'True' };
      await admin.updateStatus(pods, { ...pod, status: { ...pod.status, conditions: [gate] } });
      const ready = { type: 'Ready', status: 'True' };
      const ref = { namespace: 'default', name: 'web' };
      await a.reportPodStatus(ref, pod.metadata.uid, { phase: 'Running', conditions: [ready] });
      const { status } = await admin.get(pods, ref);
      assert.deepEqual(status?.conditions?.map(({ type }) => type).sort(), [
        'Ready',
        'example.com/gate',
      ]);
    });

    it('lets a stopped pod go, and only that one', async () => {
      const a = await cluster.startNode('a');
      const b = await cluster.startNode('b');
      const pod = await cluster.createPod('web', { nodeName: 'a' });
      const ref = { namespace: 'default', name: 'web' };
      await a.removePod(ref, 'another-uid');
      await assert.rejects(b.removePod(ref, pod.metadata.uid), refusedWith('PERMISSION_DENIED'));
      assert.ok(await admin.get(pods, ref));
      await a.removePod(ref, pod.metadata.uid);
      await assert.rejects(admin.get(pods, ref), /not found/);
      await a.removePod(ref, pod.metadata.uid);
    });

    it('issues tokens for its own pods', async () => {
      const a = await cluster.startNode('a');
      const b = await cluster.startNode('b');
      const pod = await cluster.createPod('web', { nodeName: 'a' });
      await eventually(() => a.pods.get('default/web') !== undefined);
      const account = { namespace: 'default', name: 'default' };
      const options = {
        audiences: [],
        expirationSeconds: 3600,
        pod: { name: 'web', uid: pod.metadata.uid },
      };
      const { token: issued, expiresAtMs } = await a.issueToken(account, options);
      assert.equal(issued.split('.').length, 3);
      assert.ok(expiresAtMs > systemClock.now());
      await assert.rejects(b.issueToken(account, options), refusedWith('PERMISSION_DENIED'));
    });

    it('takes usage of its own pods', async () => {
      const a = await cluster.startNode('a');
      const pod = await cluster.createPod('web', { nodeName: 'a' });
      await eventually(() => a.pods.get('default/web') !== undefined);
      const used = { cpuNanocores: 5, memoryBytes: 7 };
      const containers = [{ name: 'main', ...used }];
      const usage = (name: string, uid: string) => ({
        namespace: 'default',
        name,
        uid,
        containers,
      });
      await a.reportUsage({
        timestampMs: systemClock.now(),
        windowMs: 10_000,
        node: used,
        pods: [usage('web', pod.metadata.uid), usage('not-mine', 'x')],
      });
      assert.deepEqual(
        cluster.api.server.usage.pod('default', 'web')?.usage.containers,
        containers,
      );
      assert.equal(cluster.api.server.usage.pod('default', 'not-mine'), undefined);
    });

    it('records events, and counts repeats', async () => {
      const a = await cluster.startNode('a');
      const pod = await cluster.createPod('web', { nodeName: 'a' });
      a.recorder.event(pod, 'Normal', 'Pulled', 'Container image was there');
      a.recorder.event(pod, 'Normal', 'Pulled', 'Container image was there');
      await eventually(async () => {
        const { items } = await admin.list(events, { namespace: 'default' });
        return items.length === 1 && items[0]?.count === 2;
      });
      const { items } = await admin.list(events, { namespace: 'default' });
      assert.deepEqual(items[0]?.source, { component: 'kubelet', host: 'a' });
    });
  });

  describe('levels', () => {
    it('show the pods of the node and what all nodes may see', async () => {
      const a = await cluster.startNode('a');
      await cluster.createPod('mine', { nodeName: 'a' });
      await cluster.createPod('other', { nodeName: 'b' });
      await admin.create(services, {
        ...unborn(makeService('web', { ports: [{ port: 80 }] })),
      });
      await eventually(
        () => a.pods.list().length === 1 && a.services.get('default/web') && a.nodes.get('a'),
      );
      assert.equal(a.pods.list()[0]?.metadata.name, 'mine');
      const changed: string[] = [];
      a.pods.onChange((key) => changed.push(key));
      await admin.remove(pods, { namespace: 'default', name: 'mine' }, { gracePeriodSeconds: 0 });
      await eventually(() => a.pods.list().length === 0);
      assert.deepEqual([...new Set(changed)], ['default/mine']);
    });

    it('show the secrets and config maps that pods of the node refer to, and no others', async () => {
      const a = await cluster.startNode('a');
      const b = await cluster.startNode('b');
      for (const name of ['used', 'unused']) {
        await admin.create(secrets, unborn(makeSecret(name)));
        await admin.create(configMaps, unborn(makeConfigMap(name, { k: '1' })));
      }
      assert.deepEqual(a.secrets.list(), []);
      await cluster.createPod('web', {
        nodeName: 'a',
        volumes: [
          { name: 's', secret: { secretName: 'used' } },
          { name: 'c', configMap: { name: 'used' } },
          { name: 'later', secret: { secretName: 'later' } },
        ],
      });
      await eventually(() => a.secrets.get('default/used') && a.configMaps.get('default/used'));
      await admin.create(secrets, unborn(makeSecret('later')));
      await eventually(() => a.secrets.get('default/later'));
      await admin.patch(configMaps, { namespace: 'default', name: 'used' }, 'merge', {
        data: { k: '2' },
      });
      await eventually(() => a.configMaps.get('default/used')?.data?.['k'] === '2');
      assert.deepEqual(
        a.secrets
          .list()
          .map(({ metadata }) => metadata.name)
          .sort(),
        ['later', 'used'],
      );
      assert.deepEqual(b.secrets.list(), []);
      await admin.remove(pods, { namespace: 'default', name: 'web' }, { gracePeriodSeconds: 0 });
      await eventually(() => a.secrets.list().length === 0 && a.configMaps.list().length === 0);
    });

    it('survive a cut and catch up, telling only what changed', async () => {
      const a = await cluster.startNode('a');
      await cluster.createPod('stays', { nodeName: 'a' });
      await cluster.createPod('goes', { nodeName: 'a' });
      await eventually(() => a.pods.list().length === 2);
      const changed: string[] = [];
      a.pods.onChange((key) => changed.push(key));
      const letIn = await cluster.cut();
      await admin.remove(pods, { namespace: 'default', name: 'goes' }, { gracePeriodSeconds: 0 });
      await cluster.createPod('comes', { nodeName: 'a' });
      assert.equal(a.pods.list().length, 2);
      await assert.rejects(a.reportHealth(undefined, 40));
      const cut = systemClock.monotonic();
      await letIn();
      await eventually(() => a.pods.get('default/comes') && !a.pods.get('default/goes'));
      assert.ok(systemClock.monotonic() - cut < 5000);
      assert.deepEqual(changed.sort(), ['default/comes', 'default/goes']);
      assert.ok(await a.reportHealth(undefined, 40));
    });
  });
});
