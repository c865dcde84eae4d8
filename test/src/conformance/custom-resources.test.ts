import assert from 'node:assert/strict';
import { eventuallyHolds } from '../eventually.ts';
import type { Cluster } from '../testing/cluster.ts';
import type { Kubectl } from '../testing/kubectl.ts';
import { newNamespace, simulatedCluster } from './clusters.ts';

const name = 'crontabs.stable.example.com';

const definition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name },
  spec: {
    group: 'stable.example.com',
    scope: 'Namespaced',
    names: { plural: 'crontabs', singular: 'crontab', kind: 'CronTab', shortNames: ['ct'] },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        additionalPrinterColumns: [
          { name: 'Spec', type: 'string', jsonPath: '.spec.cronSpec' },
          { name: 'Replicas', type: 'integer', jsonPath: '.spec.replicas' },
          { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
        ],
        schema: {
          openAPIV3Schema: {
            type: 'object',
            description: 'A table of times.',
            properties: {
              spec: {
                type: 'object',
                required: ['cronSpec'],
                properties: {
                  cronSpec: { type: 'string', description: 'When.' },
                  replicas: { type: 'integer', minimum: 1, default: 1 },
                  mode: { type: 'string', enum: ['Once', 'Often'] },
                },
              },
              status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
            },
          },
        },
      },
    ],
  },
};

const cronTab = (own: string, spec: object) =>
  JSON.stringify({
    apiVersion: 'stable.example.com/v1',
    kind: 'CronTab',
    metadata: { name: own },
    spec,
  });

describe('kubectl and custom resources', () => {
  let cluster: Cluster;
  let kubectl: Kubectl;
  let namespace: string;

  before(async function () {
    cluster = await simulatedCluster(this);
    ({ kubectl } = cluster);
    namespace = await newNamespace(cluster);
    await kubectl.feed(JSON.stringify(definition), 'apply', '-f', '-');
    await kubectl('wait', '--for=condition=Established', `crd/${name}`, '--timeout=30s');
    await eventuallyHolds(async () => {
      assert.match(await kubectl('explain', 'crontabs'), /A table of times/);
    });
  });

  after(async () => {
    await kubectl('delete', 'crd', name, '--ignore-not-found');
  });

  it('apply, print, patch and delete them', async () => {
    const file = cronTab('a', { cronSpec: '* * * * *' });
    await kubectl.feed(file, 'apply', '-n', namespace, '-f', '-');
    assert.match(
      await kubectl('get', 'ct', '-n', namespace),
      /^NAME +SPEC +REPLICAS +AGE\na +\* \* \* \* \* +1 +\d+s\n$/,
    );
    await kubectl(
      'patch',
      'ct',
      'a',
      '-n',
      namespace,
      '--type=merge',
      '-p',
      '{"spec":{"replicas":3}}',
    );
    const replicas = ['get', 'crontab', 'a', '-n', namespace, '-o', 'jsonpath={.spec.replicas}'];
    assert.equal(await kubectl(...replicas), '3');
    const again = cronTab('a', { cronSpec: '1 * * * *', replicas: 4 });
    const conflict = await kubectl.attempt(['apply', '--server-side', '-n', namespace, '-f', '-'], {
      input: again,
    });
    assert.match(conflict.stderr, /conflict/);
    await kubectl.feed(
      again,
      'apply',
      '--server-side',
      '--force-conflicts',
      '-n',
      namespace,
      '-f',
      '-',
    );
    assert.equal(await kubectl(...replicas), '4');
    await kubectl('delete', 'ct', 'a', '-n', namespace);
  });

  it('refuse bad ones', async () => {
    const create = (spec: object) =>
      kubectl.attempt(['create', '-n', namespace, '-f', '-'], { input: cronTab('b', spec) });
    assert.match(
      (await create({ cronSpec: 'x', mode: 'Never' })).stderr,
      /spec\.mode: Unsupported value: "Never": supported values: "Once", "Often"/,
    );
    assert.match((await create({ cronSpec: 'x', foo: 1 })).stderr, /unknown field "spec\.foo"/);
    assert.match((await create({ replicas: 1 })).stderr, /spec\.cronSpec: Required value/);
  });

  it('explain them', async () => {
    const text = await kubectl('explain', 'crontabs.spec');
    assert.match(text, /^GROUP: +stable\.example\.com\nKIND: +CronTab\nVERSION: +v1\n/);
    assert.match(text, /^ +cronSpec\t<string> -required-$/m);
    const { code } = await kubectl.attempt(['explain', 'crontabs.spec.nothing']);
    assert.equal(code, 1);
  });
});
