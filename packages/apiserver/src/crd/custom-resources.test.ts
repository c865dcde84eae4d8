import assert from 'node:assert/strict';
import { startApiServer } from '../testing/index.ts';
import type { TestServer } from '../testing/index.ts';
import { readJson } from '../testing/context.ts';

const schema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      required: ['cron'],
      properties: {
        cron: { type: 'string', pattern: '^(\\d+|\\*)$' },
        replicas: { type: 'integer', minimum: 0, maximum: 10, default: 1 },
        color: { type: 'string', enum: ['red', 'green'] },
        ports: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['port'],
          items: {
            type: 'object',
            required: ['port'],
            properties: { port: { type: 'integer' }, name: { type: 'string' } },
          },
        },
        either: { 'x-kubernetes-int-or-string': true },
        free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      },
    },
    status: {
      type: 'object',
      properties: { replicas: { type: 'integer' }, selector: { type: 'string' } },
    },
  },
};

const definition = (extra: object = {}, names: object = {}) => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'crontabs.stable.example.com' },
  spec: {
    group: 'stable.example.com',
    scope: 'Namespaced',
    names: {
      plural: 'crontabs',
      kind: 'CronTab',
      shortNames: ['ct'],
      categories: ['all'],
      ...names,
    },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: schema },
        subresources: {
          status: {},
          scale: {
            specReplicasPath: '.spec.replicas',
            statusReplicasPath: '.status.replicas',
            labelSelectorPath: '.status.selector',
          },
        },
        additionalPrinterColumns: [
          { name: 'Cron', type: 'string', jsonPath: '.spec.cron' },
          { name: 'Replicas', type: 'integer', jsonPath: '.spec.replicas' },
        ],
        selectableFields: [{ jsonPath: '.spec.color' }],
        ...extra,
      },
    ],
  },
});

const cronTab = (name: string, spec: object, apiVersion = 'stable.example.com/v1') => ({
  apiVersion,
  kind: 'CronTab',
  metadata: { name },
  spec,
});

const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const crd = `${crds}/crontabs.stable.example.com`;
const tabs = '/apis/stable.example.com/v1/namespaces/default/crontabs';

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
}

interface Model {
  readonly type?: string;
  readonly properties: Readonly<Record<string, Model | undefined>>;
  readonly items?: object;
}

/** The parts of answers that are looked at; each answer has some of them. */
interface Answer {
  readonly kind: string;
  readonly apiVersion: string;
  readonly message: string;
  readonly metadata: {
    readonly name: string;
    readonly generation: number;
    readonly finalizers?: readonly string[];
    readonly deletionTimestamp?: string;
  };
  readonly spec: {
    readonly cron: string;
    readonly replicas: number;
    readonly ports: readonly { readonly port: number }[];
  };
  readonly status?: { readonly conditions?: readonly Condition[] };
  readonly items: readonly Answer[];
  readonly rows: readonly { readonly cells: readonly unknown[] }[];
  readonly resources: readonly { readonly name: string; readonly shortNames?: readonly string[] }[];
  readonly details: {
    readonly causes: readonly { readonly field: string; readonly message: string }[];
  };
  readonly components: { readonly schemas: Readonly<Record<string, Model | undefined>> };
  readonly definitions: Readonly<Record<string, Model | undefined>>;
}

describe('custom resources', () => {
  let running: TestServer;
  const call = async (
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ) => {
    const response = await running.transport({
      method,
      path,
      headers: { 'content-type': 'application/json', ...headers },
      ...(body !== undefined && {
        body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
      }),
    });
    return {
      status: response.status,
      headers: response.headers,
      body: await readJson<Answer>(response.body),
    };
  };
  const until = async (holds: () => Promise<boolean>) => {
    for (let i = 0; i < 300; i++) {
      if (await holds()) return;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    assert.fail('it did not happen');
  };
  const isEstablished = async (path = crd) => {
    const { body } = await call('GET', path);
    return (body.status?.conditions ?? []).some(
      (c) => c.type === 'Established' && c.status === 'True',
    );
  };
  const define = async (body: object = definition()) => {
    const { status, body: made } = await call('POST', crds, body);
    assert.equal(status, 201, JSON.stringify(made));
    await until(() => isEstablished());
  };

  beforeEach(async () => {
    running = await startApiServer();
  });
  afterEach(() => running.close());

  it('are served as soon as their definition is established', async () => {
    await define();
    const made = await call('POST', tabs, cronTab('a', { cron: '5', unknown: 1 }));
    assert.equal(made.status, 201, JSON.stringify(made.body));
    assert.deepEqual(made.body.spec, { cron: '5', replicas: 1 });
    assert.equal(made.body.metadata.generation, 1);
    assert.equal((await call('GET', `${tabs}/a`)).body.kind, 'CronTab');
    const listed = await call('GET', tabs);
    assert.equal(listed.body.kind, 'CronTabList');
    assert.equal(listed.body.items.length, 1);
  });

  it('say what is wrong in the words of Kubernetes', async () => {
    await define();
    const { status, body } = await call(
      'POST',
      tabs,
      cronTab('a', {
        cron: 'x',
        replicas: 'many',
        color: 'blue',
        ports: [{ port: 1 }, { port: 1 }],
        either: true,
      }),
    );
    assert.equal(status, 422);
    const texts = body.details.causes.map((cause) => `${cause.field}: ${cause.message}`);
    assert.deepEqual(texts.sort(), [
      'spec.color: Unsupported value: "blue": supported values: "red", "green"',
      'spec.cron: Invalid value: "x": spec.cron in body should match \'^(\\d+|\\*)$\'',
      'spec.either: Invalid value: "boolean": spec.either in body must be of type integer,string: "boolean"',
      'spec.ports[1]: Duplicate value: {"port":1}',
      'spec.replicas: Invalid value: "string": spec.replicas in body must be of type integer: "string"',
    ]);
    const missing = await call('POST', tabs, cronTab('a', {}));
    assert.match(missing.body.message, /spec\.cron: Required value$/);
  });

  it('refuse unknown and repeated fields when they are asked to', async () => {
    await define();
    const text =
      '{"apiVersion":"stable.example.com/v1","kind":"CronTab","metadata":{"name":"a","odd":1},"spec":{"cron":"1","cron":"2","foo":1,"free":{"any":1}}}';
    const { status, body } = await call('POST', `${tabs}?fieldValidation=Strict`, text);
    assert.equal(status, 400);
    assert.equal(
      body.message,
      'CronTab in version "v1" cannot be handled as a CronTab: strict decoding error: duplicate field "spec.cron", unknown field "metadata.odd", unknown field "spec.foo"',
    );
  });

  it('have a status and a scale of their own', async () => {
    await define();
    await call('POST', tabs, { ...cronTab('a', { cron: '5' }), status: { replicas: 9 } });
    const first = (await call('GET', `${tabs}/a`)).body;
    assert.equal(first.status, undefined);
    const status = await call('PUT', `${tabs}/a/status`, {
      ...first,
      spec: { cron: '7' },
      status: { replicas: 3, selector: 'a=b' },
    });
    assert.equal(status.status, 200, JSON.stringify(status.body));
    assert.equal(status.body.spec.cron, '5');
    assert.equal(status.body.metadata.generation, 1);
    const scale = await call('GET', `${tabs}/a/scale`);
    assert.deepEqual(
      [scale.body.kind, scale.body.spec, scale.body.status],
      ['Scale', { replicas: 1 }, { replicas: 3, selector: 'a=b' }],
    );
    const scaled = await call(
      'PATCH',
      `${tabs}/a/scale`,
      { spec: { replicas: 4 } },
      { 'content-type': 'application/merge-patch+json' },
    );
    assert.equal(scaled.status, 200, JSON.stringify(scaled.body));
    const after = (await call('GET', `${tabs}/a`)).body;
    assert.equal(after.spec.replicas, 4);
    assert.equal(after.metadata.generation, 2);
  });

  it('are patched, applied, printed and selected', async () => {
    await define();
    const strategic = { 'content-type': 'application/strategic-merge-patch+json' };
    await call('POST', tabs, cronTab('a', { cron: '5', color: 'red' }));
    assert.equal((await call('PATCH', `${tabs}/a`, { spec: {} }, strategic)).status, 415);
    const apply = { 'content-type': 'application/apply-patch+yaml' };
    const ports = (port: number) => cronTab('a', { ports: [{ port, name: 'x' }] });
    for (const [manager, port] of [
      ['one', 1],
      ['two', 2],
    ] as const) {
      const { status, body } = await call(
        'PATCH',
        `${tabs}/a?fieldManager=${manager}`,
        ports(port),
        apply,
      );
      assert.equal(status, 200, JSON.stringify(body));
    }
    const merged = (await call('GET', `${tabs}/a`)).body;
    assert.deepEqual(
      merged.spec.ports.map(({ port }) => port),
      [1, 2],
    );
    const unknown = await call(
      'PATCH',
      `${tabs}/a?fieldManager=one`,
      cronTab('a', { foo: 1 }),
      apply,
    );
    assert.match(unknown.body.message, /\.spec\.foo: field not declared in schema/);
    const table = await call('GET', tabs, undefined, {
      accept: 'application/json;as=Table;v=v1;g=meta.k8s.io',
    });
    assert.deepEqual(table.body.rows[0]?.cells, ['a', '5', 1]);
    await call('POST', tabs, cronTab('b', { cron: '5', color: 'green' }));
    const red = await call('GET', `${tabs}?fieldSelector=spec.color%3Dred`);
    assert.deepEqual(
      red.body.items.map((item) => item.metadata.name),
      ['a'],
    );
  });

  it('are told of in discovery and gone with their definition', async () => {
    await define();
    await call('POST', tabs, cronTab('a', { cron: '5' }));
    const { body } = await call('GET', '/apis/stable.example.com/v1');
    assert.deepEqual(
      body.resources.map(({ name }) => name),
      ['crontabs', 'crontabs/scale', 'crontabs/status'],
    );
    assert.deepEqual(body.resources[0]?.shortNames, ['ct']);
    const deleted = await call('DELETE', crd);
    assert.equal(deleted.status, 200);
    await until(async () => (await call('GET', crd)).status === 404);
    assert.equal((await call('GET', `${tabs}/a`)).status, 404);
    await until(async () => (await call('GET', '/apis/stable.example.com')).status === 404);
    await define();
    assert.equal((await call('GET', tabs)).body.items.length, 0);
  });

  it('wait for the objects of a deleted definition to go', async () => {
    await define();
    const held = cronTab('a', { cron: '5' });
    await call('POST', tabs, { ...held, metadata: { name: 'a', finalizers: ['example.com/x'] } });
    const { body } = await call('DELETE', crd);
    assert.deepEqual(body.metadata.finalizers ?? [], [
      'customresourcecleanup.apiextensions.k8s.io',
    ]);
    const refused = await call('POST', tabs, cronTab('b', { cron: '5' }));
    assert.equal(refused.status, 405);
    await until(
      async () => (await call('GET', `${tabs}/a`)).body.metadata.deletionTimestamp !== undefined,
    );
    await call(
      'PATCH',
      `${tabs}/a`,
      { metadata: { finalizers: null } },
      { 'content-type': 'application/merge-patch+json' },
    );
    await until(async () => (await call('GET', crd)).status === 404);
  });

  it('are not served while a name is taken', async () => {
    await define();
    const rival = {
      ...definition({}, { plural: 'others', shortNames: ['ct'], kind: 'CronTab' }),
      metadata: { name: 'others.stable.example.com' },
    };
    await call('POST', crds, rival);
    const path = `${crds}/others.stable.example.com`;
    await until(async () => ((await call('GET', path)).body.status?.conditions ?? []).length > 0);
    const { body } = await call('GET', path);
    assert.deepEqual(
      body.status?.conditions?.map(({ type, status, reason }) => [type, status, reason]),
      [
        ['NamesAccepted', 'False', 'ListKindConflict'],
        ['Established', 'False', 'NotAccepted'],
      ],
    );
    assert.equal((await call('GET', '/apis/stable.example.com/v1/others')).status, 404);
    await call('DELETE', crd);
    await until(() => isEstablished(path));
  });

  it('have versions that are stored as one', async () => {
    const two = definition();
    const [v1] = two.spec.versions;
    const v2 = { ...v1, name: 'v2', storage: false, deprecated: true, deprecationWarning: 'old' };
    await define({ ...two, spec: { ...two.spec, versions: [v1, v2] } });
    await call('POST', tabs, cronTab('a', { cron: '5' }));
    const { body, headers } = await call('GET', `${tabs.replace('v1', 'v2')}/a`);
    assert.equal(body.apiVersion, 'stable.example.com/v2');
    assert.match(String(headers['warning']), /old/);
  });

  it('are published in the versions that are served, under the names they have now', async () => {
    const one = definition();
    const [v1] = one.spec.versions;
    assert.ok(v1);
    const as = (name: string, more: object = {}) => ({ ...v1, name, storage: false, ...more });
    await define({ ...one, spec: { ...one.spec, versions: [v1, as('v2')] } });
    const published = async () => {
      const { definitions } = (await call('GET', '/openapi/v2')).body;
      return ['v1', 'v2', 'v3'].filter(
        (version) => definitions[`com.example.stable.${version}.CronTab`],
      );
    };
    const become = async (...versions: readonly object[]) => {
      const { body } = await call('GET', `${crds}/${one.metadata.name}`);
      const next = { ...body, spec: { ...body.spec, versions } };
      const { status } = await call('PUT', `${crds}/${one.metadata.name}`, next);
      assert.equal(status, 200);
    };
    const isPublished = (...versions: readonly string[]) =>
      until(async () => (await published()).join() === versions.join());
    await isPublished('v1', 'v2');
    await become(v1, as('v2', { served: false }));
    await isPublished('v1');
    assert.equal((await call('GET', '/openapi/v3/apis/stable.example.com/v2')).status, 404);
    await become(v1, as('v3'));
    await isPublished('v1', 'v3');
  });

  it('are published beside each other: of one group or several, with a schema or without', async () => {
    const one = definition();
    await define(one);
    const other = async (group: string, kind: string, openAPIV3Schema: object) => {
      const singular = kind.toLowerCase();
      const plural = `${singular}s`;
      const [v1] = one.spec.versions;
      const body = {
        ...one,
        metadata: { name: `${plural}.${group}` },
        spec: {
          ...one.spec,
          group,
          names: { plural, singular, kind, listKind: `${kind}List` },
          versions: [
            { ...v1, schema: { openAPIV3Schema }, subresources: {}, additionalPrinterColumns: [] },
          ],
        },
      };
      const { status, body: made } = await call('POST', crds, body);
      assert.equal(status, 201, JSON.stringify(made));
    };
    const free = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
    await other('stable.example.com', 'Otter', free);
    await other('other.example.com', 'CronTab', { type: 'object', properties: { spec: free } });
    const names = [
      'com.example.stable.v1.CronTab',
      'com.example.stable.v1.Otter',
      'com.example.other.v1.CronTab',
    ];
    await until(async () => {
      const { definitions } = (await call('GET', '/openapi/v2')).body;
      return names.every((name) => definitions[name]);
    });
    const { definitions } = (await call('GET', '/openapi/v2')).body;
    assert.deepEqual(definitions['com.example.other.v1.CronTab']?.properties['spec'], free);
    const v3 = (await call('GET', '/openapi/v3/apis/stable.example.com/v1')).body;
    for (const kind of ['CronTab', 'Otter'])
      assert.ok(v3.components.schemas[`com.example.stable.v1.${kind}`], kind);
  });

  it('are defined by structural schemas only', async () => {
    const bad = definition({
      schema: { openAPIV3Schema: { type: 'object', properties: { spec: { properties: {} } } } },
    });
    const { status, body } = await call('POST', crds, bad);
    assert.equal(status, 422);
    assert.match(
      body.message,
      /spec\.versions\[0\]\.schema\.openAPIV3Schema\.properties\[spec\]\.type: Required value: must not be empty for specified object fields/,
    );
  });

  it('are published to clients that check before they send', async () => {
    await define();
    await until(
      async () => (await call('GET', '/openapi/v3/apis/stable.example.com/v1')).status === 200,
    );
    const v3 = (await call('GET', '/openapi/v3/apis/stable.example.com/v1')).body;
    const model = v3.components.schemas['com.example.stable.v1.CronTab'];
    assert.deepEqual(model?.properties['spec']?.properties['color'], {
      type: 'string',
      enum: ['red', 'green'],
    });
    assert.ok(v3.components.schemas['io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta']);
    const { definitions } = (await call('GET', '/openapi/v2')).body;
    assert.deepEqual(definitions['com.example.stable.v1.CronTabList']?.properties['items']?.items, {
      $ref: '#/definitions/com.example.stable.v1.CronTab',
    });
    const free =
      definitions['com.example.stable.v1.CronTab']?.properties['spec']?.properties['free'];
    assert.deepEqual(free, { type: 'object', 'x-kubernetes-preserve-unknown-fields': true });
  });
});
