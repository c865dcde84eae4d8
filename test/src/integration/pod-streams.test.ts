import assert from 'node:assert/strict';
import { request } from 'node:https';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { LogOptions, StreamHandlers, StreamTarget } from '@berth/agent';
import { badRequest, clusterRoleBindings, clusterRoles } from '@berth/api';
import type { KeyPair } from '@berth/component-base/pki';
import { createSpdyConnection } from '@berth/component-base/spdy';
import type { SpdyConnection } from '@berth/component-base/spdy';
import { createWebSocketStream, WebSocket } from 'ws';
import { eventually } from '../eventually.ts';
import { startNodeCluster } from './node-cluster.ts';
import type { NodeCluster } from './node-cluster.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

/** What the node was asked for, and ended. */
interface Seen {
  readonly logs: (readonly [StreamTarget, LogOptions])[];
  ended: number;
}

const textOf = async (chunks: AsyncIterable<Uint8Array>) => {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all).toString();
};

const untilAborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));

/** A node whose containers do simple things with what they are given. */
const fakeNode = (seen: Seen): Partial<StreamHandlers> => ({
  async *logs(target, options, signal) {
    seen.logs.push([target, options]);
    if (target.container === 'waiting') {
      throw badRequest('container "waiting" in pod "web" is waiting to start: ContainerCreating');
    }
    yield bytes('one\n');
    yield bytes('two\n');
    if (options.follow) await untilAborted(signal);
    seen.ended++;
  },
  async exec(_target, { command, stdin, tty }, io, signal) {
    const [name, argument = ''] = command;
    await io.stderr(bytes(`running ${name}\n`));
    if (name === 'cat' && stdin) for await (const data of io.stdin) await io.stdout(data);
    if (name === 'size' && tty) {
      for await (const { width, height } of io.resize) {
        await io.stdout(bytes(`${width}x${height}`));
        break;
      }
    }
    if (name === 'sleep') await untilAborted(signal);
    if (name === 'flood') await io.stdout(new Uint8Array(Number(argument)));
    seen.ended++;
    return { exitCode: name === 'exit' ? Number(argument) : 0 };
  },
  async portForward(_target, port, io) {
    if (port === 81) throw badRequest('connection refused');
    for await (const data of io.stdin) await io.stdout(data);
  },
});

describe('pod streams', () => {
  let cluster: NodeCluster;
  let admin: KeyPair;
  let seen: Seen;

  const path = (subresource: string, query: string) =>
    `/api/v1/namespaces/default/pods/web/${subresource}?${query}`;
  const tls = () => ({ ca: cluster.api.ca, cert: admin.certPem, key: admin.keyPem });

  const get = (url: string, as = admin) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const options = { ...tls(), cert: as.certPem, key: as.keyPem, agent: false };
      request(`${cluster.api.url}${url}`, options, resolve).on('error', reject).end();
    });
  const failure = async (response: IncomingMessage) => ({
    code: response.statusCode,
    message: (JSON.parse(await textOf(response)) as { message: string }).message,
  });
  const open = async (url: string, protocols: string[], as = admin) => {
    const options = { ...tls(), cert: as.certPem, key: as.keyPem };
    const socket = new WebSocket(
      `${cluster.api.url}${url}`.replace('https', 'wss'),
      protocols,
      options,
    );
    const received = new Map<number, string>();
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    socket.on('message', (message: Buffer) => {
      const [channel = -1] = message;
      received.set(channel, (received.get(channel) ?? '') + message.toString('latin1', 1));
    });
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    const send = (channel: number, data: string | Uint8Array) =>
      socket.send(Buffer.concat([Buffer.from([channel]), Buffer.from(data)]));
    return { socket, received, closed, send };
  };
  const openSpdy = async (url: string, protocol: string): Promise<SpdyConnection> => {
    const headers = {
      connection: 'Upgrade',
      upgrade: 'SPDY/3.1',
      'x-stream-protocol-version': protocol,
    };
    const socket = await new Promise<Duplex>((resolve, reject) => {
      const options = { ...tls(), agent: false, method: 'POST', headers };
      const asked = request(`${cluster.api.url}${url}`, options, (response) => {
        textOf(response).then((text) => reject(new Error(text)), reject);
      });
      asked.once('upgrade', (_response, taken) => resolve(taken));
      asked.once('error', reject).end();
    });
    return createSpdyConnection(socket, 'client');
  };

  before(async () => {
    seen = { logs: [], ended: 0 };
    cluster = await startNodeCluster({ listen: true });
    admin = await cluster.api.issueClient('admin', 'system:masters');
    await cluster.startNode('a', fakeNode(seen));
    const image = 'example.com/app:1';
    await cluster.createPod('web', { nodeName: 'a' });
    await cluster.createPod('unbound');
    await cluster.createPod('lost', { nodeName: 'nobody' });
    await cluster.createPod('many', {
      nodeName: 'a',
      initContainers: [{ name: 'setup', image }],
      containers: [
        { name: 'one', image },
        { name: 'waiting', image },
      ],
    });
  });
  after(() => cluster.close());

  describe('log', () => {
    const logOf = (pod: string, query = '') =>
      get(`/api/v1/namespaces/default/pods/${pod}/log?${query}`);

    it('gives the text of the only container', async () => {
      const response = await logOf('web', 'tailLines=5&timestamps=true');
      assert.equal(response.statusCode, 200);
      assert.equal(response.headers['content-type'], 'text/plain');
      assert.equal(await textOf(response), 'one\ntwo\n');
      const [target, options] = seen.logs.at(-1) ?? [];
      assert.equal(target?.container, 'main');
      assert.deepEqual(options, { follow: false, previous: false, timestamps: true, tailLines: 5 });
    });

    it('follows until the client leaves', async () => {
      const ended = seen.ended;
      const response = await logOf('web', 'follow=true');
      for await (const chunk of response) {
        assert.match(String(chunk), /^one/);
        break;
      }
      await eventually(() => seen.ended === ended + 1);
    });

    it('says in the usual words what cannot be', async () => {
      const cases = [
        [
          'many',
          '',
          400,
          'a container name must be specified for pod many, choose one of: [one waiting] or one of the init containers: [setup]',
        ],
        ['many', 'container=nope', 400, 'container nope is not valid for pod many'],
        [
          'many',
          'container=waiting',
          400,
          'container "waiting" in pod "web" is waiting to start: ContainerCreating',
        ],
        ['nope', '', 404, 'pods "nope" not found'],
        ['lost', '', 503, 'node "nobody" is not connected to the control plane'],
        [
          'web',
          'tailLines=-1',
          422,
          'PodLogOptions "web" is invalid: tailLines: Invalid value: -1: must be greater than or equal to 0',
        ],
      ] as const;
      for (const [pod, query, code, message] of cases) {
        assert.deepEqual(await failure(await logOf(pod, query)), { code, message });
      }
      assert.equal(await textOf(await logOf('unbound')), '');
    });

    it('goes over a WebSocket, too, for whoever may read', async () => {
      await cluster.admin.create(clusterRoles, {
        metadata: { name: 'reader' },
        rules: [{ apiGroups: [''], resources: ['pods/log', 'pods/exec'], verbs: ['get'] }],
      });
      await cluster.admin.create(clusterRoleBindings, {
        metadata: { name: 'reader' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'reader' },
        subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'jane' }],
      });
      const jane = await cluster.api.issueClient('jane');
      await eventually(async () => (await get(path('log', ''), jane)).statusCode === 200);
      const { socket, closed } = await open(path('log', ''), ['binary.k8s.io'], jane);
      const pieces: string[] = [];
      socket.on('message', (message: Buffer) => pieces.push(message.toString()));
      await closed;
      assert.equal(pieces.join('').endsWith('two\n'), true);
      await assert.rejects(
        open(path('exec', 'command=x&stdout=1'), ['v5.channel.k8s.io'], jane),
        /403/,
      );
    });
  });

  describe('exec over a WebSocket', () => {
    const exec = (query: string, protocol = 'v5.channel.k8s.io') =>
      open(path('exec', `${query}&stdout=true&stderr=true`), [protocol]);

    it('carries what is typed and ends when that ends', async () => {
      const { send, received, closed } = await exec('command=cat&stdin=true');
      send(0, 'hello ');
      send(0, 'world');
      send(255, Buffer.from([0]));
      await closed;
      assert.equal(received.get(1), 'hello world');
      assert.equal(received.get(2), 'running cat\n');
      assert.deepEqual(JSON.parse(received.get(3) ?? ''), { metadata: {}, status: 'Success' });
    });

    it('tells the exit code', async () => {
      const { received, closed } = await exec('command=exit&command=3', 'v4.channel.k8s.io');
      await closed;
      assert.deepEqual(JSON.parse(received.get(3) ?? ''), {
        metadata: {},
        status: 'Failure',
        message: 'command terminated with exit code 3',
        reason: 'NonZeroExitCode',
        details: { causes: [{ reason: 'ExitCode', message: '3' }] },
      });
    });

    it('tells nothing about success to clients of the first protocol', async () => {
      const { received, closed } = await exec('command=true', 'channel.k8s.io');
      await closed;
      assert.equal(received.get(3) ?? '', '');
    });

    it('tells the size of the terminal', async () => {
      const { send, received, closed } = await exec('command=size&tty=true&stdin=true');
      send(4, JSON.stringify({ Width: 80, Height: 24 }));
      await closed;
      assert.equal(received.get(1), '80x24');
    });

    it('ends the command when the client leaves', async () => {
      const ended = seen.ended;
      const { socket, received } = await exec('command=sleep');
      await eventually(() => received.get(2));
      socket.terminate();
      await eventually(() => seen.ended === ended + 1);
    });

    it('tells when the node is lost in the middle of it', async () => {
      const { received, closed } = await exec('command=sleep');
      await eventually(() => received.get(2));
      const letIn = await cluster.cut();
      await closed;
      const { message } = JSON.parse(received.get(3) ?? '') as { message: string };
      assert.match(message, /the node was lost/);
      await letIn();
      await eventually(async () => (await get(path('log', ''))).statusCode === 200);
    });

    it('lets nothing else wait while a client does not read', async () => {
      const { socket, closed } = await exec(`command=flood&command=${32 * 1024 * 1024}`);
      socket.pause();
      for (let i = 0; i < 5; i++) {
        assert.equal(await textOf(await get(path('log', ''))), 'one\ntwo\n');
      }
      socket.terminate();
      await closed;
    });

    it('refuses what it does not speak, and what is no upgrade', async () => {
      await assert.rejects(exec('command=true', 'v9.channel.k8s.io'), /400/);
      assert.equal((await get(path('exec', 'command=true&stdout=true'))).statusCode, 400);
      await assert.rejects(open(path('exec', 'command=true'), ['v5.channel.k8s.io']), /400/);
    });
  });

  describe('exec over SPDY', () => {
    it('carries what is typed, and tells the end', async () => {
      const connection = await openSpdy(
        path('exec', 'command=cat&stdin=true&stdout=true&stderr=true'),
        'v4.channel.k8s.io',
      );
      const [error, stdin, stdout, stderr] = await Promise.all(
        ['error', 'stdin', 'stdout', 'stderr'].map((streamtype) => connection.open({ streamtype })),
      );
      await stdin?.write(bytes('hello'));
      stdin?.end();
      const texts = await Promise.all([stdout, stderr, error].map((one) => textOf(one!.data)));
      assert.deepEqual(texts, [
        'hello',
        'running cat\n',
        JSON.stringify({ metadata: {}, status: 'Success' }),
      ]);
      connection.close();
      await connection.closed;
    });
  });

  describe('port-forward', () => {
    const forwarded = async (connection: SpdyConnection, port: number, id: string) => {
      const headers = { port: String(port), requestid: id };
      const error = await connection.open({ ...headers, streamtype: 'error' });
      error.end();
      const data = await connection.open({ ...headers, streamtype: 'data' });
      return { error, data };
    };
    const check = async (connection: SpdyConnection) => {
      const [first, second] = await Promise.all([
        forwarded(connection, 80, '0'),
        forwarded(connection, 80, '1'),
      ]);
      await second.data.write(bytes('second'));
      second.data.end();
      await first.data.write(bytes('x'.repeat(300_000)));
      first.data.end();
      assert.equal((await textOf(first.data.data)).length, 300_000);
      assert.equal(await textOf(second.data.data), 'second');
      assert.equal(await textOf(first.error.data), '');
      const refused = await forwarded(connection, 81, '2');
      assert.match(await textOf(refused.error.data), /connection refused/);
      connection.close();
      await connection.closed;
    };

    it('carries connections over SPDY', async () => {
      await check(await openSpdy(path('portforward', ''), 'portforward.k8s.io'));
    });

    it('carries SPDY inside a WebSocket', async () => {
      // The library knows no such names, so it is kept from seeing this one.
      const name = 'sec-websocket-protocol';
      const headers = { [name]: 'SPDY/3.1+portforward.k8s.io' };
      const url = `${cluster.api.url}${path('portforward', '')}`.replace('https', 'wss');
      const socket = new WebSocket(url, { ...tls(), headers });
      let answered: string | undefined;
      socket.once('upgrade', (response) => {
        const { [name]: protocol, ...others } = response.headers;
        answered = protocol;
        response.headers = others;
      });
      await new Promise<void>((resolve, reject) => {
        socket.once('open', resolve);
        socket.once('error', reject);
      });
      assert.equal(answered, headers[name]);
      await check(createSpdyConnection(createWebSocketStream(socket), 'client'));
    });
  });
});
