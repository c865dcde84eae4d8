import assert from 'node:assert/strict';
import { pods, resourceTypes } from '../scheme.ts';
import type { Json } from './schemas.ts';
import type { OpenApiResource } from './served.ts';
import { openApiV2 } from './v2.ts';
import { openApiV3 } from './v3.ts';

const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const [read, write] = [['get', 'patch', 'update'], ['create']];
const core = { group: '', version: 'v1' };
const served: readonly OpenApiResource[] = [
  ...resourceTypes.flatMap((type) => {
    const { group, version, kind } = type;
    const own = { type, subresource: '', group, version, kind, verbs };
    return [own, { ...own, subresource: 'status', verbs: read }];
  }),
  { type: pods, subresource: 'log', ...core, kind: 'Pod', verbs: ['get'] },
  { type: pods, subresource: 'exec', ...core, kind: 'PodExecOptions', verbs: ['create', 'get'] },
  { type: pods, subresource: 'proxy', ...core, kind: 'PodProxyOptions', verbs: ['create', 'get'] },
  { type: pods, subresource: 'binding', ...core, kind: 'Binding', verbs: write },
  {
    type: pods,
    subresource: 'eviction',
    group: 'policy',
    version: 'v1',
    kind: 'Eviction',
    verbs: write,
  },
  {
    type: {
      group: 'metrics.k8s.io',
      version: 'v1beta1',
      resource: 'nodes',
      kind: 'NodeMetrics',
      namespaced: false,
    },
    subresource: '',
    group: 'metrics.k8s.io',
    version: 'v1beta1',
    kind: 'NodeMetrics',
    verbs: ['get', 'list'],
  },
];
const info = { version: 'v1.36.0' };

/** Follows names and indexes into a document. */
function dig(document: unknown, ...steps: readonly (string | number)[]): unknown {
  return steps.reduce<unknown>((value, step) => (value as Json | undefined)?.[step], document);
}

function referencesIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  const own = '$ref' in value && typeof value.$ref === 'string' ? [value.$ref] : [];
  return [...own, ...Object.values(value).flatMap(referencesIn)];
}

const deployment = '/apis/apps/v1/namespaces/{namespace}/deployments/{name}';

describe('OpenAPI v3', () => {
  const apps = openApiV3({ group: 'apps', version: 'v1' }, served, info);
  const pod = openApiV3(core, served, info);
  const schemas = dig(pod, 'components', 'schemas');

  it('says what kubectl asks of a patch', () => {
    const patch = dig(apps, 'paths', deployment, 'patch');
    assert.equal(dig(patch, 'x-kubernetes-action'), 'patch');
    assert.deepEqual(dig(patch, 'x-kubernetes-group-version-kind'), {
      group: 'apps',
      version: 'v1',
      kind: 'Deployment',
    });
    const parameters = dig(patch, 'parameters') as readonly Json[];
    assert.ok(parameters.some((one) => one['name'] === 'fieldValidation' && one['in'] === 'query'));
    assert.deepEqual(Object.keys(dig(patch, 'requestBody', 'content') as Json), [
      'application/apply-patch+yaml',
      'application/json-patch+json',
      'application/merge-patch+json',
      'application/strategic-merge-patch+json',
    ]);
  });

  it('has an operation per verb, with the names that clients know', () => {
    const ids = Object.values(dig(pod, 'paths') as Json).flatMap((path) =>
      Object.values(path as Json).map((one) => dig(one, 'operationId')),
    );
    for (const id of [
      'listCoreV1NamespacedPod',
      'listCoreV1PodForAllNamespaces',
      'createCoreV1NamespacedPod',
      'deleteCoreV1CollectionNamespacedPod',
      'readCoreV1NamespacedPod',
      'replaceCoreV1NamespacedPodStatus',
      'readCoreV1NamespacedPodLog',
      'connectCoreV1PostNamespacedPodExec',
      'connectCoreV1GetNamespacedPodProxyWithPath',
      'createCoreV1NamespacedPodBinding',
      'createCoreV1NamespacedPodEviction',
      'readCoreV1Node',
    ]) {
      assert.ok(ids.includes(id), id);
    }
    const known = ids.filter((id) => id !== undefined);
    assert.equal(new Set(known).size, known.length);
  });

  it('tells how lists merge', () => {
    const spec = dig(schemas, 'io.k8s.api.core.v1.PodSpec', 'properties');
    const containers = dig(spec, 'containers') as Json;
    assert.equal(containers['x-kubernetes-patch-merge-key'], 'name');
    assert.deepEqual(containers['x-kubernetes-list-map-keys'], ['name']);
    assert.equal(dig(spec, 'volumes', 'x-kubernetes-patch-strategy'), 'merge,retainKeys');
    assert.deepEqual(dig(spec, 'restartPolicy', 'enum'), ['Always', 'Never', 'OnFailure']);
    const limits = dig(schemas, 'io.k8s.api.core.v1.ResourceRequirements', 'properties', 'limits');
    assert.deepEqual(dig(limits, 'additionalProperties'), {
      $ref: '#/components/schemas/io.k8s.apimachinery.pkg.api.resource.Quantity',
    });
  });

  it('describes every field', () => {
    const silent = Object.entries(schemas as Json).flatMap(([model, schema]) =>
      Object.entries((dig(schema, 'properties') ?? {}) as Json)
        .filter(([, field]) => !dig(field, 'description'))
        .map(([name]) => `${model}.${name}`),
    );
    assert.deepEqual(silent, []);
  });

  it('names the kinds of its models', () => {
    assert.deepEqual(dig(schemas, 'io.k8s.api.core.v1.Pod', 'x-kubernetes-group-version-kind'), [
      { group: '', version: 'v1', kind: 'Pod' },
    ]);
    const options = dig(
      schemas,
      'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions',
      'x-kubernetes-group-version-kind',
    ) as readonly Json[];
    assert.ok(options.some((kind) => kind['group'] === 'apps'));
  });

  it('holds every model it refers to', () => {
    for (const document of [
      apps,
      pod,
      openApiV3({ group: 'metrics.k8s.io', version: 'v1beta1' }, served, info),
    ]) {
      const models = dig(document, 'components', 'schemas') as Json;
      for (const ref of new Set(referencesIn(document))) {
        assert.ok(models[ref.replace('#/components/schemas/', '')], ref);
      }
    }
  });

  it('serves kinds without a definition as objects', () => {
    const metrics = openApiV3({ group: 'metrics.k8s.io', version: 'v1beta1' }, served, info);
    const model = dig(metrics, 'components', 'schemas', 'io.k8s.metrics.v1beta1.NodeMetrics');
    assert.equal(dig(model, 'type'), 'object');
  });
});

describe('OpenAPI v2', () => {
  const document = openApiV2(served, info);

  it('has every path of every group and the models they refer to', () => {
    const paths = dig(document, 'paths') as Json;
    assert.ok(paths[deployment]);
    assert.ok(paths['/api/v1/namespaces/{namespace}/pods/{name}/log']);
    const models = dig(document, 'definitions') as Json;
    for (const ref of new Set(referencesIn(document))) {
      assert.ok(models[ref.replace('#/definitions/', '')], ref);
    }
  });

  it('writes quantities as texts', () => {
    const quantity = dig(document, 'definitions', 'io.k8s.apimachinery.pkg.api.resource.Quantity');
    assert.equal(dig(quantity, 'type'), 'string');
  });
});
