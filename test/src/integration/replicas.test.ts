import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createNodeChannel } from '@berth/agent';
import type { StreamHandlers } from '@berth/agent';
import { pods, serviceAccounts } from '@berth/api';
import { makePod } from '@berth/api/testing';
import { apiServerFlags } from '@berth/apiserver';
import { createClient } from '@berth/client';
import type { Client } from '@berth/client';
import { startControlPlane } from '@berth/cluster/testing';
import type { ControlPlane } from '@berth/cluster/testing';
import { parseOptions, silentLogger, systemClock } from '@berth/component-base';
import { keepaliveOptions, peerService, serverName } from '@berth/component-base/node-protocol';
import { createGrpcClient } from '@berth/component-base/grpc';
import { etcdUnavailable, startEtcd } from '@berth/storage/testing';
import type { EtcdServer } from '@berth/storage/testing';
import { WebSocket } from 'ws';
import { eventually, eventuallyHolds } from '../eventually.ts';
import { nodeDraft, unborn } from './node-cluster.ts';

const patience = { withinMs: 30_000, everyMs: 50 };
const masters = { name: 'admin', groups: ['system:masters'] };
const bytes = (text: string) => new TextEncoder().encode(text);

const handlers: StreamHandlers = {
  async *logs(target) {
    yield bytes(`log of ${target.pod}\n`);
  },
  async exec(_target, { command, stdin }, io) {
    await io.stdout(bytes(command.join(' ')));
    if (stdin) for await (const data of io.stdin) await io.stdout(data);
    return { exitCode: command[0] === 'fail' ? 3 : 0 };
  },
  attach: async () => undefined,
  portForward: async () => undefined,
};

describe('two API servers on one etcd', function () {
  this.timeout(60_000);
  const dir = mkdtempSync(join(tmpdir(), 'berth-replicas-'));
  const stop = new AbortController();
  let etcd: EtcdServer;
  let planes: ControlPlane[] = [];
  let clients: Client[];
  let node: Promise<void>;

  const open = (name: string) =>
    startControlPlane({
      apiServer: parseOptions(
        apiServerFlags,
        [
          ...['--store', 'etcd', '--etcd-servers', etcd.url, '--data-dir', join(dir, name)],
          ...['--secure-port', '0'],
        ],
        {},
      ),
      nodePort: 0,
      clock: systemClock,
      random: Math.random,
      newUid: randomUUID,
      logger: silentLogger,
    });

  before(async function () {
    const why = etcdUnavailable();
    if (why) {
      console.log(`      skipped: ${why}`);
      this.skip();
    }
    etcd = await startEtcd();
    const first = await open('first');
    planes.push(first);
    if (first.api.address === undefined) {
      console.log('      skipped: this machine has no address that servers could tell each other');
      this.skip();
    }
    // Servers of one cluster share their keys.
    cpSync(join(dir, 'first', 'pki'), join(dir, 'second', 'pki'), { recursive: true });
    planes.push(await open('second'));
    clients = planes.map(({ api }) =>
      createClient(api.server.inProcessTransport(masters), { userAgent: 'test' }),
    );
    const credentials = await first.api.pki.issueClient({
      commonName: 'system:node:a',
      organizations: ['system:nodes'],
    });
    const channel = createNodeChannel({
      endpoint: `127.0.0.1:${first.nodePort}`,
      credentials: {
        ca: first.api.pki.ca.certPem,
        cert: credentials.certPem,
        key: credentials.keyPem,
      },
      nodeName: 'a',
      clock: systemClock,
      random: Math.random,
      logger: silentLogger,
    });
    await channel.register(nodeDraft('a'));
    node = channel.run(handlers, stop.signal);
    const account = { metadata: { name: 'default', namespace: 'default' } };
    await clients[0]!.create(serviceAccounts, account);
    await clients[0]!.create(pods, unborn(makePod('web', { nodeName: 'a' })));
    await eventually(() => channel.pods.hasSynced());
  });
  after(async () => {
    stop.abort();
    await node;
    for (const plane of [...planes].reverse()) await plane.close();
    planes = [];
    await (etcd as EtcdServer | undefined)?.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  const path = (rest: string) => `/api/v1/namespaces/default/pods/web/${rest}`;
  const logOn = async (i: number) => {
    const transport = planes[i]!.api.server.inProcessTransport(masters);
    const request = { method: 'GET', path: path('log'), headers: {} };
    const { status, body } = await transport(request, AbortSignal.timeout(20_000));
    const chunks: Uint8Array[] = [];
    for await (const chunk of body) chunks.push(chunk);
    return [status, Buffer.concat(chunks).toString()];
  };

  it('read logs of a node that is connected to one of them through either', async () => {
    for (const i of [0, 1])
      await eventuallyHolds(async () => {
        assert.deepEqual(await logOn(i), [200, 'log of web\n']);
      }, patience);
  });

  it('run commands there through either, both ways', async () => {
    for (const plane of planes) {
      const { pki, port } = plane.api;
      const admin = await pki.issueClient({
        commonName: 'admin',
        organizations: ['system:masters'],
      });
      const query = 'command=echo&command=hi&stdin=true&stdout=true&stderr=true';
      const socket = new WebSocket(
        `wss://127.0.0.1:${port}${path(`exec?${query}`)}`,
        ['v5.channel.k8s.io'],
        { ca: pki.ca.certPem, cert: admin.certPem, key: admin.keyPem },
      );
      const received = new Map<number, string>();
      socket.on('message', (message: Buffer) => {
        const [channel = -1] = message;
        received.set(channel, (received.get(channel) ?? '') + message.toString('latin1', 1));
      });
      const closed = new Promise((resolve) => socket.once('close', resolve));
      await new Promise((resolve, reject) => {
        socket.once('open', resolve);
        socket.once('error', reject);
      });
      socket.send(Buffer.from('\0 there'));
      socket.send(Buffer.from([255, 0]));
      await closed;
      assert.equal(received.get(1), 'echo hi there');
      assert.match(received.get(3) ?? '', /"status":"Success"/);
    }
  });

  it('say that a node is not connected when neither has it', async () => {
    await clients[1]!.create(pods, unborn(makePod('lost', { nodeName: 'nobody' })));
    const request = {
      method: 'GET',
      path: '/api/v1/namespaces/default/pods/lost/log',
      headers: {},
    };
    const transport = planes[1]!.api.server.inProcessTransport(masters);
    const { status, body } = await transport(request, AbortSignal.timeout(20_000));
    const chunks: Uint8Array[] = [];
    for await (const chunk of body) chunks.push(chunk);
    assert.equal(status, 503);
    assert.match(Buffer.concat(chunks).toString(), /node \\"nobody\\" is not connected/);
  });

  it('let nobody but each other reach into their nodes', async () => {
    const { pki } = planes[0]!.api;
    const ask = async (subject: { commonName: string; organizations: string[] }) => {
      const { certPem, keyPem } = await pki.issueClient(subject);
      const client = createGrpcClient({
        address: `127.0.0.1:${planes[0]!.nodePort}`,
        service: await peerService(),
        tls: { ca: pki.ca.certPem, cert: certPem, key: keyPem, serverName },
        channelOptions: keepaliveOptions,
      });
      try {
        return await client.unary<{ connected: boolean }>('Reach', { nodeName: 'a' });
      } finally {
        client.close();
      }
    };
    for (const subject of [
      { commonName: 'system:node:b', organizations: ['system:nodes'] },
      { commonName: 'admin', organizations: ['system:masters'] },
    ])
      await assert.rejects(ask(subject), /is not that of an API server/);
    const peer = { commonName: 'kube-apiserver-kubelet-client', organizations: [] };
    assert.deepEqual(await ask(peer), { connected: true });
  });
});
