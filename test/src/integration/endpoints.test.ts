import assert from 'node:assert/strict';
import { endpoints, endpointSlices, pods, services } from '@berth/api';
import { makePod, makeService } from '@berth/api/testing';
import { eventually, eventuallyHolds } from '../eventually.ts';
import { patience, setStage } from './stage.ts';

describe('what is behind a service', () => {
  const stage = setStage();
  const ipsIn = async () =>
    (await stage.get(endpoints, 'web')).subsets?.flatMap(({ addresses = [] }) =>
      addresses.map(({ ip }) => ip),
    ) ?? [];

  it('is told by Endpoints and EndpointSlices, also when it is nothing, until the service goes', async () => {
    await stage.make(services, 'web', { spec: makeService('web').spec });
    await eventuallyHolds(async () => {
      assert.deepEqual((await stage.get(endpoints, 'web')).subsets ?? [], []);
      const [slice, ...more] = await stage.list(endpointSlices);
      assert.deepEqual(more, []);
      assert.deepEqual(slice?.endpoints ?? 'no slice', []);
    }, patience);
    await stage.remove(services, 'web');
    await eventually(async () => !(await stage.exists(endpoints, 'web')), patience);
    await eventually(async () => (await stage.list(endpointSlices)).length === 0, patience);
  });

  it('is the same in Endpoints and in EndpointSlices, with every port under its number', async () => {
    const ports = [
      { name: 'http', port: 80, targetPort: 'http', protocol: 'TCP' },
      { name: 'metrics', port: 81, targetPort: 9090, protocol: 'TCP' },
    ];
    await stage.make(services, 'web', { spec: { selector: { app: 'web' }, ports } });
    const { spec } = makePod('p');
    const containers = [{ ...spec.containers[0]!, ports: [{ name: 'http', containerPort: 8080 }] }];
    for (const name of ['a', 'b'])
      await stage.make(pods, name, { spec: { containers } }, { labels: { app: 'web' } });
    await eventuallyHolds(async () => {
      const [subset, ...more] = (await stage.get(endpoints, 'web')).subsets ?? [];
      assert.deepEqual(more, []);
      assert.deepEqual(
        subset?.ports?.map(({ name, port }) => [name, port]),
        [
          ['http', 8080],
          ['metrics', 9090],
        ],
      );
      assert.deepEqual(subset.addresses?.map(({ targetRef }) => targetRef?.name).sort(), [
        'a',
        'b',
      ]);
      const [slice] = await stage.list(endpointSlices);
      const inSlice = slice?.endpoints?.flatMap(({ addresses }) => addresses);
      assert.deepEqual(inSlice?.sort(), (await ipsIn()).sort());
    }, patience);
    await stage.patch(pods, 'a', { metadata: { labels: { app: 'other' } } });
    await eventuallyHolds(async () => {
      const { status } = await stage.get(pods, 'b');
      assert.deepEqual(await ipsIn(), [status?.podIP]);
    }, patience);
  });

  it('is mirrored into slices when somebody wrote it by hand, through creation, update and deletion', async () => {
    await stage.make(services, 'db', { spec: { ports: [{ port: 80, protocol: 'TCP' }] } });
    const slices = () =>
      stage.client
        .list(endpointSlices, {
          namespace: stage.namespace,
          labelSelector: 'kubernetes.io/service-name=db',
        })
        .then(({ items }) => items);
    const mirrored = (ip: string) =>
      eventuallyHolds(async () => {
        const [slice, ...more] = await slices();
        assert.deepEqual(more, []);
        assert.deepEqual(
          slice?.ports?.map(({ port }) => port),
          [80],
        );
        assert.deepEqual(
          slice.endpoints?.map(({ addresses }) => addresses),
          [[ip]],
        );
      }, patience);
    const written = (ip: string) => ({ subsets: [{ ports: [{ port: 80 }], addresses: [{ ip }] }] });
    const made = await stage.make(endpoints, 'db', written('10.1.2.3'));
    await mirrored('10.1.2.3');
    // Unconditionally, and with nothing but the name, as the conformance test does it.
    const { name, namespace } = made.metadata;
    const { uid: _, ...metadata } = { ...made.metadata, name, namespace, resourceVersion: '' };
    await stage.client.update(endpoints, {
      metadata: metadata as typeof made.metadata,
      ...written('10.2.3.4'),
    });
    await mirrored('10.2.3.4');
    await stage.remove(endpoints, 'db');
    await eventually(async () => (await slices()).length === 0, patience);
  });

  it('is left to whoever wrote it while the service selects nothing, and taken over when it does', async () => {
    await stage.make(services, 'web', { spec: { ports: [{ port: 80, protocol: 'TCP' }] } });
    await stage.make(endpoints, 'web', { subsets: [{ addresses: [{ ip: '10.1.2.3' }] }] });
    await eventually(async () => (await stage.list(endpointSlices)).length === 1, patience);
    assert.deepEqual(await ipsIn(), ['10.1.2.3']);
    await stage.patch(services, 'web', { spec: { selector: { app: 'web' } } });
    await eventuallyHolds(async () => {
      assert.deepEqual(await ipsIn(), []);
      const managers = (await stage.list(endpointSlices)).map(
        ({ metadata }) => metadata.labels?.['endpointslice.kubernetes.io/managed-by'],
      );
      assert.deepEqual(managers, ['endpointslice-controller.k8s.io']);
    }, patience);
  });
});
