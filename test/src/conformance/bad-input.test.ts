import assert from 'node:assert/strict';
import { request } from 'node:https';
import { readFile } from 'node:fs/promises';
import { loadKubeconfig } from '@berth/client';
import type { Cluster } from '../testing/cluster.ts';
import type { Kubectl } from '../testing/kubectl.ts';
import { newNamespace, simulatedCluster } from './clusters.ts';

interface Status {
  readonly kind: string;
  readonly status: string;
  readonly reason: string;
  readonly code: number;
  readonly message: string;
  readonly details?: { readonly causes?: readonly { readonly field?: string }[] };
}

describe('bad input', () => {
  let cluster: Cluster;
  let kubectl: Kubectl;
  let namespace: string;
  let post: (contentType: string, body: string | Buffer, path?: string) => Promise<Answer>;

  before(async function () {
    cluster = await simulatedCluster(this);
    ({ kubectl } = cluster);
    namespace = await newNamespace(cluster);
    const send = await rawSender(cluster);
    post = (contentType, body, path = `/api/v1/namespaces/${namespace}/configmaps`) =>
      send('POST', path, { 'content-type': contentType }, body);
  });
  afterEach('the server lives on', async () => {
    assert.equal(await kubectl('get', '--raw', '/livez'), 'ok');
    const pids = await cluster.pids();
    assert.deepEqual(pids, (first ??= pids), 'no process was started again');
  });
  let first: Readonly<Record<string, number>> | undefined;

  const nothingStored = async (...kinds: readonly string[]) =>
    assert.equal(
      await kubectl('-n', namespace, 'get', kinds.join(','), '-o', 'name'),
      'configmap/kube-root-ca.crt\n',
    );

  describe('for kubectl', () => {
    const create = (manifest: unknown, ...more: readonly string[]) =>
      kubectl.attempt(['-n', namespace, 'create', '-f', '-', ...more], {
        input: JSON.stringify(manifest),
      });
    const deployment = (spec: unknown, metadata: unknown = { name: 'web' }) => ({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec,
    });
    const template = {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'web', image: 'a' }] },
    };
    const selector = { matchLabels: { app: 'web' } };

    it('names every unknown field', async () => {
      const { code, stderr } = await create(
        deployment({
          selector,
          template: { ...template, spec: { ...template.spec, hostNetwrk: true } },
          replicsa: 1,
        }),
      );
      assert.equal(code, 1);
      assert.match(stderr, /strict decoding error:/);
      assert.match(stderr, /unknown field "spec\.replicsa"/);
      assert.match(stderr, /unknown field "spec\.template\.spec\.hostNetwrk"/);
      await nothingStored('deploy', 'cm');
    });

    it('warns of unknown fields when it is asked to, and lets them fall', async () => {
      const { code, stderr } = await create(
        { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'warned' }, dta: {} },
        '--validate=warn',
      );
      assert.equal(code, 0);
      assert.match(stderr, /Warning: unknown field "dta"/);
      await kubectl('-n', namespace, 'delete', 'cm', 'warned');
    });

    it('says where a type is wrong', async () => {
      const { code, stderr } = await create(deployment({ selector, template, replicas: 'many' }));
      assert.equal(code, 1);
      assert.match(stderr, /spec\.replicas/);
      await nothingStored('deploy', 'cm');
    });

    it('collects every problem by its field path', async () => {
      const { code, stderr } = await create(
        deployment(
          {
            replicas: -1,
            selector: { matchLabels: { app: 'other' } },
            template: {
              ...template,
              spec: {
                restartPolicy: 'Sometimes',
                containers: [
                  { name: 'Web_1', image: '', ports: [{ containerPort: 70000 }] },
                  {
                    name: 'b',
                    image: 'b',
                    resources: { requests: { cpu: '2' }, limits: { cpu: '1' } },
                  },
                ],
              },
            },
          },
          { name: 'Web', labels: { 'bad key': 'x' } },
        ),
      );
      assert.equal(code, 1);
      for (const path of [
        'metadata.name',
        'metadata.labels',
        'spec.replicas',
        'spec.template.metadata.labels',
        'spec.template.spec.restartPolicy',
        'spec.template.spec.containers[0].name',
        'spec.template.spec.containers[0].image',
        'spec.template.spec.containers[0].ports[0].containerPort',
        'spec.template.spec.containers[1].resources.requests',
      ]) {
        assert.ok(stderr.includes(path), `${path} in ${stderr}`);
      }
      await nothingStored('deploy', 'cm');
    });

    it('refuses impossible names and namespaces', async () => {
      for (const name of ['UPPER', 'a_b', '-a', 'a'.repeat(300), '..', 'a/b', '%2e']) {
        const { code } = await create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });
        assert.equal(code, 1, name);
      }
      const lost = await kubectl.attempt(['-n', 'nowhere', 'create', 'configmap', 'c']);
      assert.match(lost.stderr, /namespaces "nowhere" not found/);
      await nothingStored('cm');
    });

    it('refuses to change what may not change', async () => {
      await create(deployment({ selector, template, replicas: 0 }));
      const patch =
        '{"spec":{"selector":{"matchLabels":{"app":"x"}},"template":{"metadata":{"labels":{"app":"x"}}}}}';
      const { code, stderr } = await kubectl.attempt([
        '-n',
        namespace,
        'patch',
        'deploy',
        'web',
        '-p',
        patch,
      ]);
      assert.equal(code, 1);
      assert.match(stderr, /spec\.selector: Invalid value: .*: field is immutable/);
      await kubectl('-n', namespace, 'delete', 'deploy', 'web');
      await kubectl('-n', namespace, 'wait', '--for=delete', 'rs', '--all', '--timeout=60s');
    });
  });

  describe('on the wire', () => {
    const json = 'application/json';
    const yaml = 'application/yaml';
    const refused = (answer: Answer, code: number, reason: string) => {
      const status = JSON.parse(answer.body) as Status;
      assert.deepEqual(
        [answer.code, status.kind, status.status, status.reason, status.code],
        [code, 'Status', 'Failure', reason, code],
        answer.body.slice(0, 300),
      );
      return status;
    };

    it('three mebibytes of brackets', async () => {
      const limit = 3 * 1024 * 1024;
      const inner = (bracket: string, at: number) => `{"data":${bracket.repeat(at)}`;
      refused(await post(json, inner('[', limit - 100)), 400, 'BadRequest');
      refused(await post(json, '['.repeat(limit - 1)), 400, 'BadRequest');
      refused(await post(json, inner('{"a":', (limit - 100) / 5)), 400, 'BadRequest');
      refused(await post(yaml, '['.repeat(limit - 1)), 400, 'BadRequest');
      refused(await post(yaml, `a: ${'{a: '.repeat(100_000)}`), 400, 'BadRequest');
    });

    it('a body that is too long', async () => {
      refused(await post(json, `"${'a'.repeat(4 * 1024 * 1024)}"`), 413, 'RequestEntityTooLarge');
    });

    it('a bomb of aliases', async () => {
      const levels = Array.from(
        { length: 12 },
        (_, i) =>
          `l${i + 1}: &l${i + 1} [${Array.from({ length: 10 }, () => `*l${i}`).join(', ')}]`,
      );
      const bomb = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\nl0: &l0 [lol, lol]\n${levels.join('\n')}\n`;
      refused(await post(yaml, bomb), 400, 'BadRequest');
    });

    it('a selector nested ten thousand times', async () => {
      const pods = `/api/v1/namespaces/${namespace}/pods`;
      const send = await rawSender(cluster);
      const get = (query: string) => send('GET', `${pods}?${query}`, {}, '');
      const nested = encodeURIComponent(`${'('.repeat(10_000)}a${')'.repeat(10_000)}`);
      for (const query of [`labelSelector=${nested}`, `fieldSelector=${nested}`]) {
        const answer = await get(query);
        assert.ok([400, 414, 431].includes(answer.code), String(answer.code));
      }
      const deep = `${'{"matchExpressions":['.repeat(10_000)}${']}'.repeat(10_000)}`;
      const body = `{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"selector":${deep}}}`;
      refused(
        await post(json, body, `/apis/apps/v1/namespaces/${namespace}/deployments`),
        400,
        'BadRequest',
      );
    });

    it('what is no object, no JSON, no YAML, no known type', async () => {
      for (const body of [
        '',
        'null',
        '7',
        '"text"',
        '[]',
        '{',
        '{"kind":',
        '\u0000',
        '{"a":\u0001}',
      ]) {
        refused(await post(json, body), 400, 'BadRequest');
      }
      refused(await post(yaml, 'a: b: c: -'), 400, 'BadRequest');
      refused(await post('application/xml', '<a/>'), 415, 'UnsupportedMediaType');
      refused(
        await post('application/vnd.kubernetes.protobuf', Buffer.from('k8s\u0000garbage')),
        400,
        'BadRequest',
      );
      refused(
        await post('application/vnd.kubernetes.protobuf', Buffer.from([1, 2, 3])),
        400,
        'BadRequest',
      );
    });

    it('a field that is there twice', async () => {
      const path = `/api/v1/namespaces/${namespace}/configmaps?fieldValidation=Strict`;
      const twice =
        '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"},"data":{"a":"b","a":"c"}}';
      const { message } = refused(await post(json, twice, path), 400, 'BadRequest');
      assert.match(message, /duplicate field "data\.a"/);
    });

    it('names that JavaScript knows are names like any other', async () => {
      const data = '{"__proto__":"a","constructor":"b","toString":"c","hasOwnProperty":"d"}';
      const body = `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"names","labels":{"constructor":"x"}},"data":${data}}`;
      const answer = await post(json, body);
      assert.equal(answer.code, 201, answer.body);
      const stored = await kubectl('-n', namespace, 'get', 'cm', 'names', '-o', 'json');
      assert.match(stored, /"__proto__": "a"/);
      assert.match(stored, /"hasOwnProperty": "d"/);
      await kubectl('-n', namespace, 'delete', 'cm', 'names');
    });

    it('paths that lead elsewhere', async () => {
      const send = await rawSender(cluster);
      for (const path of [
        '/api/v1/namespaces/default/pods/%2e%2e%2fx',
        '/api/v1/namespaces/default/pods/a%00b',
        '/api/v1/namespaces/%2e%2e/pods',
        '/api/v1/namespaces/default/nodes',
        '/apis/apps/v1/namespaces/default/pods',
        '/api/v1/pods/x/y/z',
        '/%',
        `/${'a/'.repeat(2000)}`,
      ]) {
        const { code } = await send('GET', path, {}, '');
        assert.ok(code >= 400 && code < 500, `${path.slice(0, 60)}: ${code}`);
      }
    });

    it('patches that grow or go nowhere', async () => {
      await kubectl('-n', namespace, 'create', 'configmap', 'target', '--from-literal=a=b');
      const send = await rawSender(cluster);
      const path = `/api/v1/namespaces/${namespace}/configmaps/target`;
      const patch = (type: string, body: string) =>
        send('PATCH', path, { 'content-type': type }, body);
      const copies = Array.from(
        { length: 40 },
        () => '{"op":"copy","from":"/data","path":"/data/a"}',
      );
      const grown = await patch('application/json-patch+json', `[${copies.join(',')}]`);
      assert.ok(grown.code >= 400 && grown.code < 500, String(grown.code));
      const many = Array.from(
        { length: 10_001 },
        () => '{"op":"test","path":"/data/a","value":"b"}',
      );
      refused(
        await patch('application/json-patch+json', `[${many.join(',')}]`),
        413,
        'RequestEntityTooLarge',
      );
      refused(await patch('application/merge-patch+json', '{"data":'), 400, 'BadRequest');
      refused(await patch('text/plain', 'x'), 415, 'UnsupportedMediaType');
      assert.equal(
        await kubectl('-n', namespace, 'get', 'cm', 'target', '-o', 'jsonpath={.data}'),
        '{"a":"b"}',
      );
    });
  });
});

interface Answer {
  readonly code: number;
  readonly body: string;
}

type Send = (
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body: string | Buffer,
) => Promise<Answer>;

/** Sends bytes as they are, as the administrator. */
async function rawSender({ kubeconfig }: Cluster): Promise<Send> {
  const { connection } = loadKubeconfig(await readFile(kubeconfig, 'utf8'), {
    readFile: (path) => {
      throw new Error(path);
    },
  });
  const { server, ca, cert, key } = connection;
  const { hostname, port } = new URL(server);
  return (method, path, headers, body) =>
    new Promise((resolve, reject) => {
      const outgoing = request(
        {
          hostname,
          port,
          method,
          path,
          headers: { ...headers, 'content-length': Buffer.byteLength(body) },
          ca,
          cert,
          key,
        },
        (incoming) => {
          let text = '';
          incoming.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
          incoming.on('end', () => resolve({ code: incoming.statusCode ?? 0, body: text }));
          incoming.on('error', reject);
        },
      );
      // A server that refuses early may close before it has read everything.
      outgoing.on('error', reject);
      outgoing.setTimeout(60_000, () =>
        outgoing.destroy(new Error(`no answer to ${method} ${path}`)),
      );
      outgoing.end(body);
    });
}
