import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  clusterRoleBindings,
  decodeKubeProtobuf,
  encodeKubeProtobuf,
  events,
  leases,
  nodes,
  pods,
} from '@berth/api';
import { startApiServer } from '@berth/apiserver/testing';
import type { TestServer } from '@berth/apiserver/testing';
import { createClient, createHttpsTransport, formatKubeconfig } from '@berth/client';
import type { Client, HttpsTransport } from '@berth/client';
import { createMetrics } from '@berth/component-base/metrics';
import type { Metrics } from '@berth/component-base/metrics';
import { eventually } from '../eventually.ts';
import { startCommand } from '../testing/command.ts';
import { freePorts } from '../testing/ports.ts';
import { repository } from '../testing/repository.ts';

const berth = join(repository, 'packages/cli/bin/berth.js');
const patience = { withinMs: 30_000, everyMs: 50 };

/** Somebody who may do what upstream's ClusterRole for schedulers allows, and nothing else. */
const userName = 'a-scheduler';

async function allowScheduling(client: Client): Promise<void> {
  const apiGroup = 'rbac.authorization.k8s.io';
  await client.create(clusterRoleBindings, {
    metadata: { name: userName },
    roleRef: { apiGroup, kind: 'ClusterRole', name: 'system:kube-scheduler' },
    subjects: [{ apiGroup, kind: 'User', name: userName }],
  });
}

async function addNode(client: Client, name: string): Promise<void> {
  const room = { cpu: '4', memory: '8Gi', pods: '110' };
  const node = await client.create(nodes, { metadata: { name }, spec: {} });
  await client.updateStatus(nodes, { ...node, status: { capacity: room, allocatable: room } });
}

const containers = [{ name: 'main', image: 'example.com/app:1' }];
const addPod = (client: Client, name: string) =>
  client.create(pods, { metadata: { name, namespace: 'default' }, spec: { containers } });

interface WatchEvent {
  readonly type: string;
  readonly object: { readonly metadata: { readonly annotations?: object } };
}

describe('another scheduler or another API server', function () {
  this.timeout(90_000);
  let api: TestServer;
  let admin: Client;
  let metrics: Metrics;
  let certificate: { readonly certPem: string; readonly keyPem: string };

  beforeEach(async () => {
    metrics = createMetrics();
    api = await startApiServer({ listen: true, metrics });
    admin = createClient(api.transport, { userAgent: 'test' });
    certificate = await api.issueClient(userName);
    await allowScheduling(admin);
    await addNode(admin, 'n1');
  });
  afterEach(() => api.close());

  it('`berth scheduler --kubeconfig` needs no more than upstream’s rights, and nothing that is ours alone', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'berth-scheduler-'));
    const kubeconfig = join(directory, 'kubeconfig');
    const { certPem, keyPem } = certificate;
    await writeFile(
      kubeconfig,
      formatKubeconfig({
        ...{ clusterName: 'foreign', userName, server: api.url, caPem: api.ca, certPem, keyPem },
      }),
    );
    const [port] = await freePorts(1);
    const address = `127.0.0.1:${port}`;
    const flags = ['--kubeconfig', kubeconfig, '--metrics-bind-address', address];
    const args = [berth, 'scheduler', ...flags, '--log-level', 'debug'];
    const running = startCommand(process.execPath, args);
    try {
      for (let i = 0; i < 3; i += 1) await addPod(admin, `p${i}`);
      await eventually(async () => {
        const { items } = await admin.list(pods, { namespace: 'default' });
        return items.every(({ spec }) => spec.nodeName === 'n1');
      }, patience);
      await eventually(async () => {
        const { items } = await admin.list(events, { namespace: 'default' });
        return items.filter(({ reason }) => reason === 'Scheduled').length === 3;
      }, patience);
      const counted = await (await fetch(`http://${address}/metrics`)).text();
      assert.match(
        counted,
        /scheduler_schedule_attempts_total\{result="scheduled",profile="default-scheduler"\} 3/,
      );
      assert.equal(await (await fetch(`http://${address}/readyz`)).text(), 'ok');
      assert.equal((await fetch(`http://${address}/`)).status, 404);
      const lease = await admin.get(leases, { namespace: 'kube-system', name: 'kube-scheduler' });
      assert.ok(lease.spec.holderIdentity);
      assert.doesNotMatch(await metrics.text(), /apiserver_request_total\{[^}]*code="40[13]"/);
      assert.doesNotMatch(running.stderr(), /orbidden|Lost the watch/);
    } finally {
      running.child.kill('SIGTERM');
      assert.equal((await running.outcome).code, 0, running.stderr());
      await rm(directory, { recursive: true, force: true });
    }
    const given = await admin.get(leases, { namespace: 'kube-system', name: 'kube-scheduler' });
    assert.equal(given.spec.holderIdentity ?? '', '', 'the lease was given back');
  });

  describe('upstream’s kube-scheduler', () => {
    const protobuf = 'application/vnd.kubernetes.protobuf';
    /** As its client asks for objects. */
    const accept = `${protobuf},application/json`;
    let wire: HttpsTransport;
    beforeEach(() => {
      const { certPem: cert, keyPem: key } = certificate;
      wire = createHttpsTransport({ server: api.url, ca: api.ca, cert, key });
    });
    afterEach(() => wire.close());

    async function send(
      method: string,
      path: string,
      body?: Parameters<typeof encodeKubeProtobuf>[0],
      contentType = protobuf,
    ) {
      const bytes =
        body &&
        Buffer.from(contentType === protobuf ? encodeKubeProtobuf(body) : JSON.stringify(body));
      const response = await wire.transport({
        ...{ method, path },
        headers: { accept, ...(bytes && { 'content-type': contentType }) },
        ...(bytes && { body: bytes }),
      });
      const chunks: Uint8Array[] = [];
      for await (const chunk of response.body) chunks.push(chunk);
      const answer = Buffer.concat(chunks);
      const isProtobuf = response.headers['content-type']?.startsWith(protobuf);
      const object = isProtobuf
        ? decodeKubeProtobuf(answer)
        : (JSON.parse(answer.toString()) as object);
      const text = JSON.stringify(object);
      assert.ok(response.status < 300, `${method} ${path}: ${response.status} ${text}`);
      return { ...response, object: object as Record<string, unknown> };
    }

    /** The collections that its informers follow. */
    const followed = [
      '/api/v1/nodes',
      '/api/v1/pods',
      '/api/v1/namespaces',
      '/api/v1/services',
      '/api/v1/replicationcontrollers',
      '/api/v1/persistentvolumes',
      '/api/v1/persistentvolumeclaims',
      '/apis/apps/v1/replicasets',
      '/apis/apps/v1/statefulsets',
      '/apis/policy/v1/poddisruptionbudgets',
      '/apis/storage.k8s.io/v1/storageclasses',
      '/apis/storage.k8s.io/v1/csinodes',
      '/apis/storage.k8s.io/v1/csidrivers',
      '/apis/storage.k8s.io/v1/csistoragecapacities',
      '/apis/storage.k8s.io/v1/volumeattachments',
      '/apis/resource.k8s.io/v1/resourceclaims',
      '/apis/resource.k8s.io/v1/resourceslices',
      '/apis/resource.k8s.io/v1/deviceclasses',
    ];

    it('gets every list and every watch that it asks for', async () => {
      for (const path of followed) {
        const selector = path.endsWith('/pods')
          ? `&fieldSelector=${encodeURIComponent('status.phase!=Succeeded,status.phase!=Failed')}`
          : '';
        const { object } = await send('GET', `${path}?limit=500&resourceVersion=0${selector}`);
        const metadata = object['metadata'] as { readonly resourceVersion?: string };
        assert.ok(metadata.resourceVersion, path);
        const follow = `${path}?allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan&sendInitialEvents=true&timeoutSeconds=400&watch=true${selector}`;
        const stop = new AbortController();
        const response = await wire.transport(
          {
            method: 'GET',
            path: follow,
            headers: { accept: `application/json,${protobuf};stream=watch` },
          },
          stop.signal,
        );
        assert.equal(response.status, 200, path);
        try {
          let text = '';
          for await (const chunk of response.body) {
            text += Buffer.from(chunk).toString('latin1');
            const bookmark = text
              .split('\n')
              .slice(0, -1)
              .map((line) => JSON.parse(line) as WatchEvent)
              .find(({ type }) => type === 'BOOKMARK');
            if (!bookmark) continue;
            const { annotations } = bookmark.object.metadata;
            assert.deepEqual(annotations, { 'k8s.io/initial-events-end': 'true' });
            break;
          }
        } finally {
          stop.abort();
        }
      }
    });

    it('leads, binds, reports and preempts with protobuf bodies', async () => {
      const collection = '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases';
      const lease = {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: { name: 'kube-scheduler', namespace: 'kube-system' },
        spec: {
          holderIdentity: 'host_1',
          leaseDurationSeconds: 15,
          acquireTime: '2026-05-01T12:00:00.000000Z',
          renewTime: '2026-05-01T12:00:00.000000Z',
          leaseTransitions: 0,
        },
      };
      await send('POST', collection, lease);
      const { object: stored } = await send('GET', `${collection}/kube-scheduler`);
      await send('PUT', `${collection}/kube-scheduler`, {
        ...lease,
        metadata: stored['metadata'] as object,
        spec: { ...lease.spec, renewTime: '2026-05-01T12:00:02.000000Z' },
      });

      const pod = await addPod(admin, 'p1');
      await send(
        'PATCH',
        '/api/v1/namespaces/default/pods/p1/status',
        {
          ...({ apiVersion: 'v1', kind: 'Pod' } as const),
          metadata: { uid: pod.metadata.uid },
          status: {
            conditions: [
              {
                type: 'PodScheduled',
                status: 'False',
                reason: 'Unschedulable',
                message: '0/1 nodes are available: 1 Insufficient cpu.',
                lastTransitionTime: '2026-05-01T12:00:00Z',
              },
            ],
          },
        },
        'application/strategic-merge-patch+json',
      );
      const binding = await send('POST', '/api/v1/namespaces/default/pods/p1/binding', {
        apiVersion: 'v1',
        kind: 'Binding',
        metadata: { name: 'p1', namespace: 'default', uid: pod.metadata.uid },
        target: { kind: 'Node', name: 'n1' },
      });
      assert.equal(binding.status, 201);
      const bound = await admin.get(pods, { namespace: 'default', name: 'p1' });
      assert.equal(bound.spec.nodeName, 'n1');

      const event = {
        apiVersion: 'events.k8s.io/v1',
        kind: 'Event',
        metadata: { name: 'p1.17a', namespace: 'default' },
        eventTime: '2026-05-01T12:00:00.000000Z',
        reportingController: 'default-scheduler',
        reportingInstance: 'default-scheduler-host',
        action: 'Binding',
        reason: 'Scheduled',
        type: 'Normal',
        note: 'Successfully assigned default/p1 to n1',
        regarding: { apiVersion: 'v1', kind: 'Pod', name: 'p1', namespace: 'default' },
      };
      await send('POST', '/apis/events.k8s.io/v1/namespaces/default/events', event);
      const series = { count: 2, lastObservedTime: '2026-05-01T12:01:00.000000Z' };
      await send(
        'PATCH',
        '/apis/events.k8s.io/v1/namespaces/default/events/p1.17a',
        { apiVersion: 'events.k8s.io/v1', kind: 'Event', series },
        'application/strategic-merge-patch+json',
      );
      const { items } = await admin.list(events, { namespace: 'default' });
      assert.equal(items.find(({ reason }) => reason === 'Scheduled')?.series?.count, 2);

      await send('DELETE', '/api/v1/namespaces/default/pods/p1', {
        apiVersion: 'v1',
        kind: 'DeleteOptions',
      });
    });

    it('asks who its own clients are, and what they may do', async () => {
      await send('POST', '/apis/authentication.k8s.io/v1/tokenreviews', {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenReview',
        metadata: {},
        spec: { token: 'unknown' },
      });
      const review = await send('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SubjectAccessReview',
        metadata: {},
        spec: { user: userName, nonResourceAttributes: { path: '/metrics', verb: 'get' } },
      });
      assert.notEqual((review.object['status'] as { readonly allowed?: boolean }).allowed, true);
    });
  });
});
