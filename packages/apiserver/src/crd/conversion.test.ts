import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { isValues } from './structural.ts';
import { startWebhook } from '../admission/testing/webhook-server.ts';
import type { WebhookServer } from '../admission/testing/webhook-server.ts';
import { readJson } from '../testing/context.ts';
import { startApiServer } from '../testing/index.ts';
import type { TestServer } from '../testing/index.ts';

interface Custom {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Readonly<Record<string, unknown>> & { readonly name: string };
  readonly hostPort?: string;
  readonly host?: string;
  readonly port?: string;
}

interface Request {
  readonly uid: string;
  readonly desiredAPIVersion: string;
  readonly objects: readonly Custom[];
}

/** `hostPort` in v1 is `host` and `port` in v2. */
function convert({ objects, desiredAPIVersion }: Request): readonly Custom[] {
  return objects.map(({ hostPort, host, port, ...object }) => {
    if (desiredAPIVersion.endsWith('/v1'))
      return { ...object, apiVersion: desiredAPIVersion, hostPort: `${host}:${port}` };
    const [first, second] = (hostPort ?? '').split(':');
    return { ...object, apiVersion: desiredAPIVersion, host: first!, port: second!, odd: 1 };
  });
}

const text = { type: 'string' };
const versionOf = (name: string, fields: readonly string[], storage: boolean) => ({
  name,
  served: true,
  storage,
  schema: {
    openAPIV3Schema: {
      type: 'object',
      properties: Object.fromEntries(fields.map((field) => [field, text])),
    },
  },
  selectableFields: fields.map((field) => ({ jsonPath: `.${field}` })),
});

const group = 'stable.example.com';
const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const collection = (version: string) => `/apis/${group}/${version}/namespaces/default/addresses`;

/** Waits for a condition; mocha says when it took too long. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('conversion of custom resources by webhook', function () {
  this.timeout(10_000);

  let webhook: WebhookServer;
  let api: TestServer;
  let respond: (request: Request) => object;

  before(async () => {
    webhook = await startWebhook(['converter.default.svc', '127.0.0.1'], ({ request }) => {
      const asked = request as unknown as Request;
      return {
        body: {
          kind: 'ConversionReview',
          apiVersion: 'apiextensions.k8s.io/v1',
          response: { uid: asked.uid, ...respond(asked) },
        },
      };
    });
  });
  after(() => webhook.close());

  const converted = (convertedObjects: readonly unknown[]) => ({
    result: { status: 'Success' },
    convertedObjects,
  });

  beforeEach(async () => {
    respond = (request) => converted(convert(request));
    api = await startApiServer({
      // The pod behind the service is on loopback, which no EndpointSlice may say.
      connect: (host, port) => {
        const isPod = host === '10.1.2.3' && port === 9444;
        return Promise.resolve(connect(isPod ? webhook.port : port, '127.0.0.1'));
      },
    });
    await call('POST', '/api/v1/namespaces', { metadata: { name: 'default' } });
  });
  afterEach(() => api.close());

  async function call(method: string, path: string, body?: object, type = 'application/json') {
    const response = await api.transport({
      method,
      path,
      headers: { 'content-type': type },
      ...(body && { body: Buffer.from(JSON.stringify(body)) }),
    });
    return { status: response.status, body: await readJson<Answer>(response.body) };
  }

  interface Answer extends Custom {
    readonly message: string;
    readonly items: readonly Custom[];
  }

  async function define(stored: 'v1' | 'v2', clientConfig: object, method = 'POST') {
    const definition = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `addresses.${group}` },
      spec: {
        group,
        scope: 'Namespaced',
        names: { plural: 'addresses', kind: 'Address' },
        versions: [
          versionOf('v1', ['hostPort'], stored === 'v1'),
          versionOf('v2', ['host', 'port'], stored === 'v2'),
        ],
        conversion: {
          strategy: 'Webhook',
          webhook: {
            clientConfig: { caBundle: webhook.caBundle, ...clientConfig },
            conversionReviewVersions: ['v1', 'v1beta1'],
          },
        },
      },
    };
    if (method === 'POST') {
      assert.equal((await call('POST', crds, definition)).status, 201);
      await until(async () => (await call('GET', collection('v1'))).status === 200);
      return;
    }
    const path = `${crds}/addresses.${group}`;
    const { metadata } = (await call('GET', path)).body;
    const put = await call('PUT', path, { ...definition, metadata });
    assert.equal(put.status, 200, put.body.message);
  }

  const byUrl = () => ({ url: `https://127.0.0.1:${webhook.port}/convert` });

  const create = async (version: string, name: string, fields: object) => {
    const object = { apiVersion: `${group}/${version}`, kind: 'Address', metadata: { name } };
    const made = await call('POST', collection(version), { ...object, ...fields });
    assert.equal(made.status, 201, made.body.message);
    return made.body;
  };

  const fieldsOf = ({ metadata, hostPort, host, port, ...rest }: Custom) => {
    assert.ok(!('odd' in rest), 'what the schema does not know is left out');
    return [metadata.name, hostPort ?? `${host} ${port}`];
  };

  it('reads and writes each version as the other', async () => {
    await define('v1', byUrl());
    const made = await create('v2', 'a', { host: 'localhost', port: '8080' });
    assert.deepEqual(fieldsOf(made), ['a', 'localhost 8080']);
    const v1 = (await call('GET', `${collection('v1')}/a`)).body;
    assert.equal(v1.apiVersion, `${group}/v1`);
    assert.deepEqual(fieldsOf(v1), ['a', 'localhost:8080']);
    const patch = { hostPort: 'localhost:9090' };
    const merge = 'application/merge-patch+json';
    assert.equal((await call('PATCH', `${collection('v1')}/a`, patch, merge)).status, 200);
    const v2 = (await call('GET', `${collection('v2')}/a`)).body;
    assert.deepEqual(fieldsOf(v2), ['a', 'localhost 9090']);
    assert.equal(v2.metadata['uid'], v1.metadata['uid']);
    assert.equal((await call('DELETE', `${collection('v2')}/a`)).status, 200);
  });

  it('reaches the webhook at an endpoint of its service, under the name of the service', async () => {
    const created = async (path: string, body: object) =>
      assert.equal((await call('POST', path, body)).status, 201);
    await created('/api/v1/namespaces/default/services', {
      metadata: { name: 'converter' },
      spec: { ports: [{ port: 9443, targetPort: 9444 }] },
    });
    await created('/apis/discovery.k8s.io/v1/namespaces/default/endpointslices', {
      metadata: { name: 'converter', labels: { 'kubernetes.io/service-name': 'converter' } },
      addressType: 'IPv4',
      endpoints: [{ addresses: ['10.1.2.3'], conditions: { ready: true } }],
      ports: [{ name: '', port: 9444, protocol: 'TCP' }],
    });
    const service = { namespace: 'default', name: 'converter', path: '/crdconvert', port: 9443 };
    await define('v1', { service });
    await create('v1', 'a', { hostPort: 'localhost:8080' });
    const before = webhook.asked.length;
    const v2 = (await call('GET', `${collection('v2')}/a`)).body;
    assert.deepEqual(fieldsOf(v2), ['a', 'localhost 8080']);
    const [{ path, servername, request } = assert.fail()] = webhook.asked.slice(before);
    assert.equal(path, '/crdconvert?timeout=30s');
    assert.equal(servername, 'converter.default.svc');
    assert.equal(request['desiredAPIVersion'], `${group}/v2`);
  });

  it('lists what was stored in several versions as one, and converts each but once', async () => {
    await define('v1', byUrl());
    await create('v1', 'a', { hostPort: 'one:1' });
    await create('v1', 'b', { hostPort: 'two:2' });
    await define('v2', byUrl(), 'PUT');
    await create('v1', 'c', { hostPort: 'three:3' });
    const before = webhook.asked.length;
    const listed = await call('GET', collection('v2'));
    assert.deepEqual(listed.body.items.map(fieldsOf), [
      ['a', 'one 1'],
      ['b', 'two 2'],
      ['c', 'three 3'],
    ]);
    const [{ request } = assert.fail(), ...others] = webhook.asked.slice(before);
    assert.deepEqual(others, []);
    const names = (request as unknown as Request).objects.map(({ metadata }) => metadata.name);
    assert.deepEqual(names, ['a', 'b']);
    await call('GET', collection('v2'));
    assert.equal(webhook.asked.length, before + 1);
    const { status } = (await call('GET', `${crds}/addresses.${group}`)).body as unknown as {
      readonly status: { readonly storedVersions: readonly string[] };
    };
    assert.deepEqual(status.storedVersions, ['v1', 'v2']);
  });

  it('watches and selects by the fields of the version asked for', async () => {
    await define('v1', byUrl());
    const stop = new AbortController();
    const seen: string[] = [];
    const path = `${collection('v2')}?watch=true&fieldSelector=host%3Done`;
    const response = await api.transport({ method: 'GET', path, headers: {} }, stop.signal);
    const reading = (async () => {
      for await (const chunk of response.body)
        for (const line of Buffer.from(chunk).toString().trim().split('\n')) {
          const { type, object } = JSON.parse(line) as { type: string; object: Custom };
          seen.push(`${type} ${fieldsOf(object).join(' ')}`);
        }
    })().catch(() => undefined);
    await create('v2', 'a', { host: 'one', port: '80' });
    await create('v2', 'b', { host: 'two', port: '80' });
    const selected = await call('GET', `${collection('v1')}?fieldSelector=hostPort%3Done:80`);
    assert.deepEqual(selected.body.items.map(fieldsOf), [['a', 'one:80']]);
    const { body: b } = await call('GET', `${collection('v2')}/b`);
    await call('PUT', `${collection('v2')}/b`, { ...b, host: 'one' });
    const { body: a } = await call('GET', `${collection('v2')}/a`);
    await call('PUT', `${collection('v2')}/a`, { ...a, host: 'three' });
    await until(() => seen.length === 3);
    assert.deepEqual(seen, ['ADDED a one 80', 'ADDED b one 80', 'DELETED a one 80']);
    stop.abort();
    await reading;
  });

  it('ends watches when the definition changes, so that clients read the new form', async () => {
    await define('v1', byUrl());
    const path = `${collection('v1')}?watch=true`;
    const response = await api.transport({ method: 'GET', path, headers: {} });
    const ended = (async () => {
      for await (const chunk of response.body) assert.fail(Buffer.from(chunk).toString());
    })();
    await define('v2', byUrl(), 'PUT');
    await ended;
  });

  it('lets a webhook change labels and annotations, and no other metadata', async () => {
    await define('v1', byUrl());
    await create('v1', 'a', { hostPort: 'one:1' });
    respond = (request) =>
      converted(
        convert(request).map((object) => ({
          ...object,
          metadata: {
            name: object.metadata.name,
            namespace: object.metadata['namespace'],
            uid: object.metadata['uid'],
            labels: { made: 'here' },
            generation: 77,
          },
        })),
      );
    const { metadata } = (await call('GET', `${collection('v2')}/a`)).body;
    assert.deepEqual(metadata['labels'], { made: 'here' });
    assert.equal(metadata['generation'], 1);
    assert.ok(isValues(metadata) && metadata['creationTimestamp']);
  });

  it('says why there is no conversion, and stores nothing then', async () => {
    await define('v1', byUrl());
    await create('v1', 'a', { hostPort: 'one:1' });
    const v1 = `conversion webhook for ${group}/v1, Kind=Address`;
    const said = async (response: (request: Request) => object) => {
      respond = response;
      const { status, body } = await call('GET', `${collection('v2')}/a`);
      assert.equal(status, 500);
      return body.message;
    };
    assert.equal(
      await said(() => ({ result: { status: 'Failed', message: 'not today' } })),
      `${v1} failed: not today`,
    );
    assert.equal(
      await said(() => ({ result: { status: 'Failed' } })),
      `${v1} failed: response.result.status was 'Failed', not 'Success'`,
    );
    assert.equal(await said(() => converted([])), `${v1} returned 0 objects, expected 1`);
    assert.equal(
      await said(({ objects }) => converted(objects)),
      `${v1} returned invalid converted object at index 0: invalid groupVersion (expected ${group}/v2, received ${group}/v1)`,
    );
    const renamed = (request: Request) =>
      converted(
        convert(request).map((one) => ({ ...one, metadata: { ...one.metadata, name: 'z' } })),
      );
    assert.equal(
      await said(renamed),
      `${v1} returned invalid converted object at index 0: must have the same name: a != z`,
    );
    const object = { apiVersion: `${group}/v2`, kind: 'Address', metadata: { name: 'b' } };
    assert.equal((await call('POST', collection('v2'), { ...object, host: 'h' })).status, 500);
    assert.equal((await call('GET', `${collection('v1')}/b`)).status, 404);
    assert.equal((await call('GET', collection('v1'))).status, 200);
  });

  it('lets a definition go although its webhook is gone', async () => {
    await define('v1', byUrl());
    await create('v1', 'a', { hostPort: 'one:1' });
    respond = () => ({ result: { status: 'Failed' } });
    await call('DELETE', `${crds}/addresses.${group}`);
    await until(async () => (await call('GET', `${crds}/addresses.${group}`)).status === 404);
  });
});
