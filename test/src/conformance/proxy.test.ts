import assert from 'node:assert/strict';
import { request } from 'node:http';
import { join } from 'node:path';
import { eventually } from '../eventually.ts';
import type { Cluster } from '../testing/cluster.ts';
import type { Kubectl } from '../testing/kubectl.ts';
import type { Running } from '../testing/command.ts';
import { newNamespace, simulatedCluster } from './clusters.ts';
import { deployment } from './manifests.ts';

/** What a pod of the simulated runtime says to whoever asks it. */
interface Answer {
  readonly hostname: string;
  readonly port: number;
}

describe('kubectl reaches through the API server', () => {
  let cluster: Cluster;
  let kubectl: Kubectl;
  let namespace: string;

  before(async function () {
    cluster = await simulatedCluster(this);
    ({ kubectl } = cluster);
    namespace = await newNamespace(cluster);
    await kubectl.feed(deployment('web', { replicas: 1 }), '-n', namespace, 'create', '-f', '-');
    await kubectl('-n', namespace, 'rollout', 'status', 'deploy/web', '--timeout=90s');
    await kubectl('-n', namespace, 'expose', 'deploy', 'web', '--port=80', '--target-port=8080');
  });
  const raw = async (path: string) =>
    JSON.parse(await kubectl('get', '--raw', `/api/v1/namespaces/${namespace}/${path}`)) as Answer;

  it('pods and services', async () => {
    const name = await kubectl(
      ...[
        '-n',
        namespace,
        'get',
        'pods',
        '-l',
        'app=web',
        '-o',
        'jsonpath={.items[0].metadata.name}',
      ],
    );
    assert.deepEqual(await raw(`pods/${name}:8080/proxy/`), { hostname: name, port: 8080 });
    assert.deepEqual(await raw(`pods/http:${name}:81/proxy/a/b`), { hostname: name, port: 81 });
    await eventually(
      async () => {
        const { code } = await kubectl.attempt([
          ...['get', '--raw', `/api/v1/namespaces/${namespace}/services/web:80/proxy/`],
        ]);
        return code === 0;
      },
      { withinMs: 30_000, everyMs: 200 },
    );
    assert.deepEqual(await raw('services/web/proxy/'), { hostname: name, port: 8080 });
  });

  describe('with its own proxy', () => {
    let running: Running | undefined;
    afterEach(async () => {
      await running?.stop();
    });
    const started = async (...args: readonly string[]) => {
      const proxy = kubectl.start(['proxy', ...args]);
      running = proxy;
      await eventually(() => /Starting to serve on/.test(proxy.stdout()), { withinMs: 20_000 });
      return /Starting to serve on (?:\S+:)?(\d+|\S+)/.exec(proxy.stdout())?.[1] ?? '';
    };
    const get = (options: object, path: string) =>
      new Promise<string>((resolve, reject) => {
        const asked = request({ ...options, path, agent: false }, (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
          response.once('end', () => resolve(text));
        });
        asked.once('error', reject).end();
      });

    it('on a port', async () => {
      const port = Number(await started('--port=0', '--disable-filter'));
      assert.match(await get({ host: '127.0.0.1', port }, '/api/'), /APIVersions/);
    });

    it('on a socket', async () => {
      const socketPath = join(kubectl.home, 'proxy.sock');
      await started(`--unix-socket=${socketPath}`);
      assert.match(await get({ socketPath }, '/api/'), /APIVersions/);
    });
  });
});
