import assert from 'node:assert/strict';
import { createFakeClock } from '@berth/component-base/testing';
import { strategies } from '../registry/index.ts';
import { createBench } from '../registry/testing/exchange.ts';
import type { Bench } from '../registry/testing/exchange.ts';
import { defaultAdmission } from './index.ts';

const parts = { clock: createFakeClock(), random: () => 0.5, newUid: () => 'uid' };
const claims = '/api/v1/namespaces/default/persistentvolumeclaims';
const volumes = '/api/v1/persistentvolumes';
const classes = '/apis/storage.k8s.io/v1/storageclasses';
const merge = { 'content-type': 'application/merge-patch+json' };

const claim = (name: string, spec: object = {}) => ({
  metadata: { name },
  spec: {
    accessModes: ['ReadWriteOnce'],
    resources: { requests: { storage: '1Gi' } },
    ...spec,
  },
});
const storageClass = (name: string, more: object = {}, isDefault = false) => ({
  metadata: {
    name,
    ...(isDefault && {
      annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' },
    }),
  },
  provisioner: 'example.com/disks',
  ...more,
});

describe('admission of storage', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = createBench(strategies, { admission: defaultAdmission(parts) });
    await create('/api/v1/namespaces', { metadata: { name: 'default' } });
  });
  afterEach(() => bench.registry.close());
  const post = (path: string, body: unknown) => bench.call('POST', path, { body });
  const patch = (path: string, body: unknown) =>
    bench.call('PATCH', path, { headers: merge, body });
  async function create(path: string, body: unknown) {
    const answer = await post(path, body);
    assert.equal(answer.status, 201, answer.text);
    return answer.json;
  }
  const classOf = async (name: string, spec?: object) =>
    (await create(claims, claim(name, spec))).spec['storageClassName'];

  it('gives claims without a class the newest default', async () => {
    assert.equal(await classOf('early'), undefined);
    await create(classes, storageClass('old', {}, true));
    await bench.clock.advance(60_000);
    await create(classes, storageClass('young', {}, true));
    await create(classes, storageClass('other'));
    assert.equal(await classOf('none'), 'young');
    assert.equal(await classOf('named', { storageClassName: 'other' }), 'other');
    assert.equal(await classOf('empty', { storageClassName: '' }), '');
  });

  it('gives Ingresses without a class the default', async () => {
    const annotations = { 'ingressclass.kubernetes.io/is-default-class': 'true' };
    await create('/apis/networking.k8s.io/v1/ingressclasses', {
      metadata: { name: 'web', annotations },
      spec: { controller: 'example.com/web' },
    });
    const ingresses = '/apis/networking.k8s.io/v1/namespaces/default/ingresses';
    const spec = { defaultBackend: { service: { name: 's', port: { number: 80 } } } };
    const plain = await create(ingresses, { metadata: { name: 'a' }, spec });
    assert.equal(plain.spec['ingressClassName'], 'web');
    const noted = { name: 'b', annotations: { 'kubernetes.io/ingress.class': 'mine' } };
    const old = await create(ingresses, { metadata: noted, spec });
    assert.equal(old.spec['ingressClassName'], undefined);
  });

  it('keeps volumes and claims until somebody lets them go', async () => {
    assert.deepEqual((await create(claims, claim('a'))).metadata.finalizers, [
      'kubernetes.io/pvc-protection',
    ]);
    const volume = {
      metadata: { name: 'v' },
      spec: {
        accessModes: ['ReadWriteOnce'],
        capacity: { storage: '1Gi' },
        hostPath: { path: '/v' },
      },
    };
    assert.deepEqual((await create(volumes, volume)).metadata.finalizers, [
      'kubernetes.io/pv-protection',
    ]);
    const gone = await bench.call('DELETE', `${claims}/a`);
    assert.ok(gone.json.metadata.deletionTimestamp);
    await patch(`${claims}/a`, { metadata: { finalizers: null } });
    assert.equal((await bench.call('GET', `${claims}/a`)).status, 404);
  });

  describe('lets claims grow', () => {
    const grow = (storage = '2Gi') =>
      patch(`${claims}/a`, { spec: { resources: { requests: { storage } } } });
    const bind = async (storageClassName: string, source: object) => {
      const spec = { storageClassName, volumeName: 'v' };
      await create(claims, claim('a', spec));
      await create(volumes, {
        metadata: { name: 'v' },
        spec: { accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' }, ...source },
      });
      await patch(`${claims}/a/status`, {
        status: { phase: 'Bound', capacity: { storage: '1Gi' } },
      });
    };
    const csi = { csi: { driver: 'd.example.com', volumeHandle: 'h' } };

    it('when their class says so', async () => {
      await create(classes, storageClass('fixed'));
      await bind('fixed', csi);
      assert.match((await grow()).json.message, /must support resize$/);
      await patch(`${classes}/fixed`, { allowVolumeExpansion: true });
      assert.equal((await grow()).status, 200);
    });

    it('when their volume can', async () => {
      await create(classes, storageClass('any', { allowVolumeExpansion: true }));
      await bind('any', { hostPath: { path: '/v' } });
      assert.match((await grow()).json.message, /volume plugin does not support resize$/);
    });
  });

  it('counts claims and their storage in quotas, also when they grow', async () => {
    const quotas = '/api/v1/namespaces/default/resourcequotas';
    const hard = {
      'requests.storage': '3Gi',
      persistentvolumeclaims: '2',
      'fast.storageclass.storage.k8s.io/requests.storage': '1Gi',
      'count/jobs.batch': '0',
    };
    await create(quotas, { metadata: { name: 'q' }, spec: { hard } });
    await patch(`${quotas}/q/status`, {
      status: { hard, used: Object.fromEntries(Object.keys(hard).map((name) => [name, '0'])) },
    });
    await create(claims, claim('a', { storageClassName: 'fast' }));
    const second = await post(claims, claim('b', { storageClassName: 'fast' }));
    assert.equal(second.status, 403);
    assert.match(second.json.message, /fast\.storageclass\.storage\.k8s\.io\/requests\.storage/);
    await create(claims, claim('c'));
    const third = await post(claims, claim('d'));
    assert.match(third.json.message, /exceeded quota: q, requested: persistentvolumeclaims=1/);
    const job = {
      metadata: { name: 'j' },
      spec: {
        template: {
          spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] },
        },
      },
    };
    const refused = await post('/apis/batch/v1/namespaces/default/jobs', job);
    assert.match(refused.json.message, /exceeded quota: q, requested: count\/jobs\.batch=1/);
  });

  it('holds claims to the limits of their namespace', async () => {
    const limits = [
      { type: 'PersistentVolumeClaim', max: { storage: '2Gi' }, min: { storage: '1Gi' } },
    ];
    await create('/api/v1/namespaces/default/limitranges', {
      metadata: { name: 'l' },
      spec: { limits },
    });
    const large = await post(claims, claim('a', { resources: { requests: { storage: '3Gi' } } }));
    assert.equal(large.status, 403);
    assert.match(large.json.message, /maximum storage usage per PersistentVolumeClaim is 2Gi/);
    await create(claims, claim('b'));
  });
});
