import assert from 'node:assert/strict';
import type { Pod } from '@berth/api';
import { makePersistentVolume, makePod } from '@berth/api/testing';
import { requestInfo } from '../request-info.ts';
import { attributesOf } from './attributes.ts';
import { nodeAuthorizer } from './node-authorizer.ts';
import { createPodsByNode } from './pods-by-node.ts';
import { createVolumesByClaim } from './volumes-by-claim.ts';

const node = { name: 'system:node:a', groups: ['system:nodes', 'system:authenticated'] };

const pod: Pod = {
  ...makePod('web'),
  metadata: { ...makePod('web').metadata, namespace: 'n' },
  spec: {
    nodeName: 'a',
    serviceAccountName: 'bot',
    imagePullSecrets: [{ name: 'pull' }],
    containers: [
      {
        name: 'c',
        env: [
          { name: 'X', valueFrom: { secretKeyRef: { name: 'env-secret', key: 'k' } } },
          { name: 'Y', valueFrom: { configMapKeyRef: { name: 'env-config', key: 'k' } } },
        ],
        envFrom: [
          { secretRef: { name: 'from-secret' } },
          { configMapRef: { name: 'from-config' } },
        ],
      },
    ],
    initContainers: [{ name: 'i', envFrom: [{ secretRef: { name: 'init-secret' } }] }],
    volumes: [
      { name: 's', secret: { secretName: 'volume-secret' } },
      { name: 'm', configMap: { name: 'volume-config' } },
      { name: 'd', persistentVolumeClaim: { claimName: 'claim' } },
      {
        name: 'p',
        projected: {
          sources: [{ secret: { name: 'projected-secret' } }, { configMap: { name: 'root-ca' } }],
        },
      },
    ],
  },
};

const volumes = createVolumesByClaim();
volumes.sink.replace([
  makePersistentVolume('disk', {
    claimRef: { namespace: 'n', name: 'claim' },
    csi: {
      driver: 'd',
      volumeHandle: 'h',
      nodePublishSecretRef: { namespace: 'storage', name: 'disk-secret' },
    },
  }),
  makePersistentVolume('other', { claimRef: { namespace: 'm', name: 'claim' } }),
]);

const authorize = nodeAuthorizer({
  podsOn: (name) => (name === 'a' ? [pod] : []),
  volumeOf: volumes.volumeOf,
});
const decide = (method: string, path: string, user = node) =>
  authorize(attributesOf({ info: requestInfo(method, path), user }));
const allowed = async (method: string, path: string) =>
  Boolean((await decide(method, path))?.allowed);

const secret = (name: string, namespace = 'n') => `/api/v1/namespaces/${namespace}/secrets/${name}`;
const lease = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';

describe('nodeAuthorizer', () => {
  it('lets a node see the volumes behind its claims, and what they need', async () => {
    const volume = '/api/v1/persistentvolumes';
    assert.equal(await allowed('GET', `${volume}/disk`), true);
    assert.equal(await allowed('GET', `${volume}/other`), false);
    assert.equal(await allowed('GET', volume), false);
    assert.equal(await allowed('GET', `${volume}/disk/status`), false);
    assert.equal(await allowed('GET', secret('disk-secret', 'storage')), true);
    assert.equal(await allowed('GET', secret('disk-secret')), false);
    volumes.sink.remove(makePersistentVolume('disk'));
    assert.equal(await allowed('GET', `${volume}/disk`), false);
  });

  it('has no opinion on anybody else', async () => {
    assert.equal(await decide('GET', secret('pull'), { name: 'jane', groups: [] }), undefined);
    const noNode = { name: 'jane', groups: ['system:nodes'] };
    assert.equal(await decide('GET', secret('pull'), noNode), undefined);
  });

  const may: readonly (readonly [string, string])[] = [
    ...[
      'pull',
      'env-secret',
      'from-secret',
      'init-secret',
      'volume-secret',
      'projected-secret',
    ].map((name) => ['GET', secret(name)] as const),
    ...['env-config', 'from-config', 'volume-config', 'root-ca'].map(
      (name) => ['GET', `/api/v1/namespaces/n/configmaps/${name}`] as const,
    ),
    ['GET', '/api/v1/namespaces/n/secrets?watch=1&fieldSelector=metadata.name%3Dpull'],
    ['GET', '/api/v1/namespaces/n/persistentvolumeclaims/claim'],
    ['POST', '/api/v1/namespaces/n/serviceaccounts/bot/token'],
    ['GET', '/api/v1/namespaces/n/pods/web'],
    ['GET', '/api/v1/pods?fieldSelector=spec.nodeName%3Da'],
    ['PATCH', '/api/v1/namespaces/n/pods/web/status'],
    ['DELETE', '/api/v1/namespaces/n/pods/web'],
    ['GET', '/api/v1/nodes/a'],
    ['GET', '/api/v1/nodes?watch=1&fieldSelector=metadata.name%3Da'],
    ['POST', '/api/v1/nodes'],
    ['PATCH', '/api/v1/nodes/a/status'],
    ['PUT', `${lease}/a`],
    ['POST', lease],
    ['GET', '/api/v1/services?watch=1'],
    ['POST', '/api/v1/namespaces/n/events'],
  ];
  for (const [method, path] of may) {
    it(`lets a node ${method} ${path}`, async () => assert.ok(await allowed(method, path)));
  }

  const mayNot: readonly (readonly [string, string])[] = [
    ['GET', secret('other')],
    ['GET', secret('pull', 'elsewhere')],
    ['GET', '/api/v1/namespaces/n/secrets'],
    ['GET', '/api/v1/secrets'],
    ['PUT', secret('pull')],
    ['POST', '/api/v1/namespaces/n/serviceaccounts/default/token'],
    ['GET', '/api/v1/namespaces/n/pods/other'],
    ['GET', '/api/v1/pods'],
    ['GET', '/api/v1/pods?fieldSelector=spec.nodeName%3Dab'],
    ['GET', '/api/v1/pods?fieldSelector=spec.nodeName!%3Da'],
    ['GET', '/api/v1/nodes'],
    ['GET', '/api/v1/nodes/b'],
    ['PUT', `${lease}/b`],
    ['PUT', '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/a'],
    ['GET', '/apis/rbac.authorization.k8s.io/v1/clusterroles'],
    ['POST', '/api/v1/namespaces/n/pods/web/exec'],
  ];
  for (const [method, path] of mayNot) {
    it(`does not let a node ${method} ${path}`, async () => {
      assert.ok(!(await allowed(method, path)));
    });
  }

  it('says why', async () => {
    const decision = await decide('GET', secret('other'));
    assert.equal(decision?.reason, "no relationship found between node 'a' and this object");
  });
});

describe('createPodsByNode', () => {
  const on = (nodeName: string | undefined): Pod => ({
    ...pod,
    spec: { ...pod.spec, ...(nodeName ? { nodeName } : { nodeName: '' }) },
  });

  it('follows pods from nowhere to a node and away', () => {
    const { podsOn, sink } = createPodsByNode();
    sink.replace([on(undefined)]);
    assert.deepEqual(podsOn('a'), []);
    sink.put(on('a'));
    assert.equal(podsOn('a').length, 1);
    sink.put(on('b'));
    assert.deepEqual([podsOn('a').length, podsOn('b').length], [0, 1]);
    sink.remove(on('b'));
    assert.deepEqual(podsOn('b'), []);
    sink.put(on('a'));
    sink.replace([]);
    assert.deepEqual(podsOn('a'), []);
  });
});
