import assert from 'node:assert/strict';
import { endpointSlices } from '@berth/api';
import { systemClock } from '@berth/component-base';
import { createDial } from '../../proxy/dial.ts';
import { strategies } from '../../registry/index.ts';
import type { Strategy } from '../../registry/strategy.ts';
import { createBench } from '../../registry/testing/exchange.ts';
import type { Answer, Bench } from '../../registry/testing/exchange.ts';
import { patchResponse, startWebhook } from '../testing/webhook-server.ts';
import type { WebhookServer } from '../testing/webhook-server.ts';
import { mutatingWebhooks } from './mutating-webhooks.ts';
import { validatingWebhooks } from './validating-webhooks.ts';
import { createWebhookCaller } from '../../webhook/webhook-caller.ts';

// The only endpoint that a test can have is on loopback, which clients may not name.
const served: readonly Strategy[] = strategies.map((one) =>
  one.type === endpointSlices ? { ...one, validate: () => [] } : one,
);

const service = { namespace: 'default', name: 'hook', path: '/ask' };

describe('webhooks', function () {
  let bench: Bench;
  let server: WebhookServer;
  let answer: Parameters<typeof startWebhook>[1];

  before(async () => {
    server = await startWebhook(['hook.default.svc'], (asked) => answer(asked));
  });
  after(() => server.close());

  beforeEach(async () => {
    answer = () => ({ allowed: true });
    let uids = 0;
    const parts = {
      caller: createWebhookCaller({ clock: systemClock, dial: createDial({}) }),
      newUid: () => `review-${++uids}`,
      random: () => 0.5,
    };
    bench = createBench(served, {
      admission: (reads) => [
        mutatingWebhooks({ ...parts, reads }),
        validatingWebhooks({ ...parts, reads }),
      ],
    });
    await create('/api/v1/namespaces', { metadata: { name: 'default', labels: { team: 'a' } } });
    await create('/api/v1/namespaces/default/services', {
      metadata: { name: 'hook' },
      spec: { ports: [{ name: 'https', port: 443 }] },
    });
    await create('/apis/discovery.k8s.io/v1/namespaces/default/endpointslices', {
      metadata: { name: 'hook-1', labels: { 'kubernetes.io/service-name': 'hook' } },
      addressType: 'IPv4',
      endpoints: [
        { addresses: ['127.0.0.2'], conditions: { ready: false } },
        { addresses: ['127.0.0.1'], conditions: { ready: true } },
      ],
      ports: [{ name: 'https', port: server.port, protocol: 'TCP' }],
    });
  });
  afterEach(() => bench.registry.close());

  async function create(path: string, body: unknown): Promise<Answer> {
    const made = await bench.call('POST', path, { body });
    assert.equal(made.status, 201, made.text);
    return made;
  }
  const webhook = (more: object = {}) => ({
    name: 'a.example.com',
    clientConfig: { service, caBundle: server.caBundle },
    rules: [{ operations: ['*'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] }],
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
    timeoutSeconds: 5,
    failurePolicy: 'Fail',
    ...more,
  });
  const register = (kind: 'mutating' | 'validating', ...webhooks: readonly object[]) =>
    create(`/apis/admissionregistration.k8s.io/v1/${kind}webhookconfigurations`, {
      metadata: { name: kind },
      webhooks,
    });
  const maps = '/api/v1/namespaces/default/configmaps';
  const post = (name: string, more: object = {}, query = '') =>
    bench.call('POST', `${maps}${query}`, { body: { metadata: { name }, ...more } });
  const since = () => {
    const start = server.asked.length;
    return () => server.asked.slice(start);
  };

  describe('validating', () => {
    it('are asked at a ready endpoint of their service, under the name of the service', async () => {
      await register('validating', webhook());
      const asked = since();
      assert.equal((await post('a', { data: { k: 'v' } })).status, 201);
      const [{ path, servername, request } = assert.fail(), ...others] = asked();
      assert.deepEqual(others, []);
      assert.equal(path, '/ask?timeout=5s');
      assert.equal(servername, 'hook.default.svc');
      const { object, ...rest } = request;
      assert.deepEqual((object as { data: unknown }).data, { k: 'v' });
      const kind = { group: '', version: 'v1', kind: 'ConfigMap' };
      const resource = { group: '', version: 'v1', resource: 'configmaps' };
      assert.deepEqual(rest, {
        uid: request.uid,
        kind,
        resource,
        requestKind: kind,
        requestResource: resource,
        name: 'a',
        namespace: 'default',
        operation: 'CREATE',
        userInfo: { username: 'admin', groups: ['system:masters'] },
        oldObject: null,
        dryRun: false,
        options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
      });
    });

    it('refuse in their own words', async () => {
      await register('validating', webhook());
      const refused = async (response: object) => {
        answer = () => response;
        const { status, json } = await post('a');
        return [status, json.message];
      };
      const by = 'admission webhook "a.example.com" denied the request';
      assert.deepEqual(await refused({ allowed: false }), [400, `${by} without explanation`]);
      const status = { message: 'no such thing', code: 403, reason: 'Forbidden' };
      assert.deepEqual(await refused({ allowed: false, status }), [403, `${by}: no such thing`]);
      assert.deepEqual(await refused({ allowed: false, status: { reason: 'Because' } }), [
        400,
        `${by}: Because`,
      ]);
    });

    it('fail closed or open when there is no answer', async () => {
      const failure = 'Internal error occurred: failed calling webhook "a.example.com": ';
      const said = async (response: object) => {
        answer = () => response;
        const { status, json } = await post('a');
        assert.equal(status, 500, json.message);
        assert.ok(json.message.startsWith(failure), json.message);
        return json.message.slice(failure.length);
      };
      await register('validating', webhook());
      assert.equal(
        await said({ uid: 'x', allowed: true }),
        `received invalid webhook response: expected response.uid="${server.asked.at(-1)?.request.uid ?? ''}", got "x"`,
      );
      assert.equal(
        await said(patchResponse([])),
        'received invalid webhook response: validating webhook may not return response.patch',
      );
      assert.equal(
        await said({ body: {} }),
        'received invalid webhook response: webhook response was absent',
      );
      await bench.call('DELETE', `${path('validating')}/validating`);
      await register('validating', webhook({ failurePolicy: 'Ignore' }));
      assert.equal((await post('a')).status, 201);
    });

    it('have no more time than they say', async () => {
      await register('validating', webhook({ timeoutSeconds: 1 }));
      answer = () => undefined;
      const { status, json } = await post('a');
      assert.equal(status, 500);
      assert.equal(
        json.message,
        'Internal error occurred: failed calling webhook "a.example.com": failed to call webhook: Post "https://hook.default.svc:443/ask?timeout=1s": context deadline exceeded',
      );
    });

    it('must be who their configuration says', async () => {
      const failing = async (clientConfig: object) => {
        await register('validating', webhook({ clientConfig }));
        const { json } = await post('a');
        await bench.call('DELETE', `${path('validating')}/validating`);
        return json.message.replace(/^.*timeout=5s": /, '');
      };
      const { caBundle } = server;
      const authority =
        'tls: failed to verify certificate: x509: certificate signed by unknown authority';
      assert.equal(await failing({ service }), authority);
      assert.equal(
        await failing({ caBundle, url: `https://localhost:${server.port}/` }),
        'tls: failed to verify certificate: x509: certificate is not valid for localhost',
      );
      assert.equal(
        await failing({ caBundle, service: { namespace: 'default', name: 'x' } }),
        'services "x" not found',
      );
      assert.equal(
        await failing({ caBundle, service: { ...service, port: 80 } }),
        'no service port 80 found for service "hook"',
      );
    });

    it('warn, know of dry runs, and see deletions', async () => {
      await register('validating', webhook());
      answer = () => ({ allowed: true, warnings: ['mind the gap'] });
      assert.deepEqual((await post('a')).warnings, ['mind the gap']);
      const asked = since();
      assert.equal((await post('b', {}, '?dryRun=All')).status, 201);
      assert.equal(asked()[0]?.request.dryRun, true);
      await bench.call('DELETE', `${maps}/a`);
      const { operation, object, oldObject } = asked()[1]?.request ?? assert.fail();
      assert.deepEqual([operation, object], ['DELETE', null]);
      assert.equal((oldObject as { metadata: { name: string } }).metadata.name, 'a');
    });

    it('are called only for what their selectors take', async () => {
      const matchLabels = { wanted: 'yes' };
      await register(
        'validating',
        webhook({ objectSelector: { matchLabels } }),
        webhook({ name: 'b.example.com', namespaceSelector: { matchLabels: { team: 'b' } } }),
      );
      const asked = since();
      await post('a');
      assert.equal(asked().length, 0);
      await bench.call('POST', maps, { body: { metadata: { name: 'b', labels: matchLabels } } });
      assert.equal(asked().length, 1);
      // Objects that lose the label are still theirs once.
      await bench.call('PUT', `${maps}/b`, { body: { metadata: { name: 'b' } } });
      assert.equal(asked().length, 2);
    });

    it('are called only where their conditions are met', async () => {
      const matchConditions = (expression: string) => ({
        matchConditions: [
          { name: 'not-leases', expression: '!(request.resource.group == "coordination.k8s.io")' },
          { name: 'wanted', expression },
        ],
      });
      const name = 'object.metadata.name == "a" && request.operation == "CREATE"';
      await register('validating', webhook(matchConditions(name)));
      const asked = since();
      await post('b');
      assert.equal(asked().length, 0);
      await post('a');
      assert.equal(asked().length, 1);
      await bench.call('DELETE', `${path('validating')}/validating`);
      await register('validating', webhook(matchConditions('object.data.missing == "x"')));
      assert.equal((await post('c')).status, 403);
    });

    it('never judge what configures them', async () => {
      const rule = { operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'] };
      await register('validating', webhook({ rules: [rule] }));
      answer = () => ({ allowed: false });
      assert.equal((await post('a')).status, 400);
      const { status } = await bench.call('DELETE', `${path('validating')}/validating`);
      assert.equal(status, 200);
    });

    it('see objects in the version that they know, unless they mean only the exact one', async () => {
      const rule = {
        operations: ['*'],
        apiGroups: ['autoscaling'],
        apiVersions: ['v1'],
        resources: ['horizontalpodautoscalers'],
      };
      await register(
        'validating',
        webhook({ rules: [rule] }),
        webhook({ name: 'b.example.com', rules: [rule], matchPolicy: 'Exact' }),
      );
      const asked = since();
      const made = await bench.call(
        'POST',
        '/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers',
        {
          body: {
            metadata: { name: 'h' },
            spec: { maxReplicas: 3, scaleTargetRef: { kind: 'Deployment', name: 'd' } },
          },
        },
      );
      assert.equal(made.status, 201, made.text);
      const [{ request } = assert.fail(), ...others] = asked();
      assert.deepEqual(others, []);
      const { object, kind, requestKind } = request as unknown as Record<
        string,
        Readonly<Record<string, string>>
      >;
      assert.equal(object?.apiVersion, 'autoscaling/v1');
      assert.equal(kind?.version, 'v1');
      assert.equal(requestKind?.version, 'v2');
    });

    it('are called over connections that stay open', async () => {
      await register('validating', webhook());
      await post('a');
      const before = server.connections();
      for (const name of ['b', 'c', 'd']) await post(name);
      assert.equal(server.connections(), before);
    });
  });

  describe('mutating', () => {
    it('change one after the other what the one before has left', async () => {
      const rules = webhook().rules;
      await register(
        'mutating',
        webhook({ name: 'one.example.com', rules }),
        webhook({
          name: 'two.example.com',
          clientConfig: { service: { ...service, path: '/two' }, caBundle: server.caBundle },
        }),
      );
      answer = ({ path, request }) => {
        const { data } = request.object as { data: Record<string, string> };
        if (path.startsWith('/two')) assert.equal(data.one, 'yes');
        const key = path.startsWith('/two') ? 'two' : 'one';
        return patchResponse([{ op: 'add', path: `/data/${key}`, value: 'yes' }]);
      };
      const { json } = await post('a', { data: { start: 'yes' } });
      assert.deepEqual(json.data, { start: 'yes', one: 'yes', two: 'yes' });
    });

    it('get defaults filled into what they add', async () => {
      const rules = [
        { operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] },
      ];
      await register('mutating', webhook({ rules }));
      answer = () =>
        patchResponse([
          { op: 'add', path: '/spec/initContainers', value: [{ name: 'i', image: 'i' }] },
        ]);
      const { json, text } = await bench.call('POST', '/api/v1/namespaces/default/pods', {
        body: { metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'i' }] } },
      });
      const { initContainers: [added] = [] } = json.spec as {
        initContainers?: { terminationMessagePolicy?: string }[];
      };
      assert.equal(added?.terminationMessagePolicy, 'File', text);
    });

    it('are asked once more when something changed behind them', async () => {
      await register(
        'mutating',
        webhook({ name: 'first.example.com', reinvocationPolicy: 'IfNeeded' }),
        webhook({
          name: 'second.example.com',
          clientConfig: { service: { ...service, path: '/second' }, caBundle: server.caBundle },
        }),
      );
      answer = ({ path, request }) => {
        const { data = {} } = request.object as { data?: Record<string, string> };
        if (path.startsWith('/second'))
          return patchResponse([{ op: 'add', path: '/data', value: { ...data, late: 'yes' } }]);
        return 'late' in data
          ? patchResponse([{ op: 'add', path: '/data/seen', value: 'yes' }])
          : { allowed: true };
      };
      const asked = since();
      const { json } = await post('a');
      assert.deepEqual(json.data, { late: 'yes', seen: 'yes' });
      assert.deepEqual(
        asked().map(({ path }) => path.split('?')[0]),
        ['/ask', '/second', '/ask'],
      );
    });

    it('cannot change what is being deleted', async () => {
      await post('a');
      await register('mutating', webhook());
      answer = () => patchResponse([{ op: 'add', path: '/data', value: {} }]);
      const { status, json } = await bench.call('DELETE', `${maps}/a`);
      assert.deepEqual(
        [status, json.message],
        [
          500,
          'Internal error occurred: admission webhook "a.example.com" attempted to modify the object, which is not supported for this operation',
        ],
      );
    });

    it('must give operations that fit, with their type', async () => {
      await register('mutating', webhook());
      answer = () => ({ allowed: true, patch: 'W10=' });
      const { json } = await post('a');
      assert.match(json.message, /webhook returned response.patch but not response.patchType/);
      answer = () => ({ allowed: true, patchType: 'JSONPatch', patch: 'eHg=' });
      assert.match((await post('a')).json.message, /received undecodable patch/);
      answer = () => patchResponse([{ op: 'remove', path: '/nothing' }]);
      assert.equal((await post('a')).status, 500);
    });
  });

  const path = (kind: string) =>
    `/apis/admissionregistration.k8s.io/v1/${kind}webhookconfigurations`;
});
