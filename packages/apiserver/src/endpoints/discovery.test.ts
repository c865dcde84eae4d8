import assert from 'node:assert/strict';
import {
  deployments,
  horizontalPodAutoscalers,
  horizontalPodAutoscalersV1,
  nodes,
  pods,
} from '@berth/api';
import type { ApiResponse, ResourceType } from '@berth/api';
import type { ServedResource } from '../registry/served.ts';
import { readJson } from '../testing/context.ts';
import { createDiscovery } from './discovery.ts';

const row = (type: ResourceType, verbs: string[] = ['list', 'get']): ServedResource => {
  const { group, version, kind } = type;
  return { type, subresource: '', group, version, kind, verbs };
};
const served: readonly ServedResource[] = [
  row(nodes),
  row(pods),
  { ...row(pods, ['create']), subresource: 'eviction', group: 'policy', kind: 'Eviction' },
  { ...row(pods, ['get']), subresource: 'log' },
  row(deployments),
  {
    ...row(deployments, ['get', 'update']),
    subresource: 'scale',
    group: 'autoscaling',
    kind: 'Scale',
  },
  row(horizontalPodAutoscalersV1),
  row(horizontalPodAutoscalers),
];

const discovery = createDiscovery({ resources: () => served });
const get = (path: string, headers: Readonly<Record<string, string>> = {}) =>
  discovery(path, { method: 'GET', path, headers: { host: 'api:6443', ...headers } });
const json = async <T>(response: ApiResponse | undefined) => {
  assert.ok(response);
  return readJson<T>(response.body);
};

const aggregated =
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,' +
  'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json';

describe('discovery', () => {
  it('tells versions, groups and their preferred version in the old form', async () => {
    assert.deepEqual(await json(get('/api')), {
      kind: 'APIVersions',
      versions: ['v1'],
      serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: 'api:6443' }],
    });
    const { groups } = await json<{
      groups: { name: string; versions: object[]; preferredVersion: object }[];
    }>(get('/apis/'));
    assert.deepEqual(
      groups.map(({ name }) => name),
      ['apps', 'autoscaling'],
    );
    const autoscaling = {
      name: 'autoscaling',
      versions: [
        { groupVersion: 'autoscaling/v2', version: 'v2' },
        { groupVersion: 'autoscaling/v1', version: 'v1' },
      ],
      preferredVersion: { groupVersion: 'autoscaling/v2', version: 'v2' },
    };
    assert.deepEqual(groups[1], autoscaling);
    assert.deepEqual(await json(get('/apis/autoscaling/')), {
      kind: 'APIGroup',
      apiVersion: 'v1',
      ...autoscaling,
    });
  });

  it('lists resources with their parts, whose group is named only when it is another', async () => {
    const list = await json<{ groupVersion: string; resources: { name: string }[] }>(
      get('/api/v1'),
    );
    assert.equal(list.groupVersion, 'v1');
    assert.deepEqual(
      list.resources.find(({ name }) => name === 'pods'),
      {
        name: 'pods',
        singularName: 'pod',
        namespaced: true,
        kind: 'Pod',
        verbs: ['get', 'list'],
        shortNames: ['po'],
        categories: ['all'],
      },
    );
    assert.deepEqual(
      list.resources.find(({ name }) => name === 'pods/eviction'),
      {
        name: 'pods/eviction',
        singularName: '',
        namespaced: true,
        group: 'policy',
        version: 'v1',
        kind: 'Eviction',
        verbs: ['create'],
      },
    );
    assert.deepEqual(
      list.resources.find(({ name }) => name === 'pods/log'),
      {
        name: 'pods/log',
        singularName: '',
        namespaced: true,
        kind: 'Pod',
        verbs: ['get'],
      },
    );
  });

  it('answers the aggregated form to who likes it best, for both roots alike', async () => {
    const [core, named] = [
      get('/api', { accept: aggregated }),
      get('/apis', { accept: aggregated }),
    ];
    for (const response of [core, named]) {
      assert.equal(
        response?.headers['content-type'],
        'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
      );
    }
    const { apiVersion, items } = await json<{
      apiVersion: string;
      items: { versions: { version: string; resources: { resource: string }[] }[] }[];
    }>(core);
    assert.equal(apiVersion, 'apidiscovery.k8s.io/v2');
    assert.deepEqual(items[0]?.versions[0]?.resources[1], {
      resource: 'pods',
      responseKind: { group: '', version: 'v1', kind: 'Pod' },
      scope: 'Namespaced',
      singularResource: 'pod',
      verbs: ['get', 'list'],
      shortNames: ['po'],
      categories: ['all'],
      subresources: [
        {
          subresource: 'eviction',
          responseKind: { group: 'policy', version: 'v1', kind: 'Eviction' },
          verbs: ['create'],
        },
        {
          subresource: 'log',
          responseKind: { group: '', version: 'v1', kind: 'Pod' },
          verbs: ['get'],
        },
      ],
    });
    const groups = await json<{
      items: { metadata: { name: string }; versions: { version: string }[] }[];
    }>(named);
    assert.deepEqual(
      groups.items.map(({ metadata, versions }) => [
        metadata.name,
        versions.map(({ version }) => version),
      ]),
      [
        ['apps', ['v1']],
        ['autoscaling', ['v2', 'v1']],
      ],
    );
  });

  it('answers the older aggregated form and the old form when they are liked better', async () => {
    const beta = 'application/json;v=v2beta1;g=apidiscovery.k8s.io;as=APIGroupDiscoveryList';
    assert.match(get('/apis', { accept: beta })?.headers['content-type'] ?? '', /v=v2beta1/);
    for (const accept of ['application/json', '*/*', `application/json,${beta};q=0.5`]) {
      const { kind } = await json<{ kind: string }>(get('/apis', { accept }));
      assert.equal(kind, 'APIGroupList', accept);
    }
    assert.throws(() => get('/apis', { accept: 'text/html' }), { message: /only the following/ });
  });

  it('does not send again what the client has', () => {
    const etag = get('/apis', { accept: aggregated })?.headers['etag'] ?? '';
    assert.equal(get('/apis', { accept: aggregated, 'if-none-match': etag })?.status, 304);
  });

  it('leaves other paths to others', () => {
    for (const path of [
      '/apis/none',
      '/apis/apps/v2',
      '/api/v2',
      '/apis/apps/v1/x',
      '/version',
      '/',
    ]) {
      assert.equal(get(path), undefined, path);
    }
  });
});
