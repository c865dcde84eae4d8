import assert from 'node:assert/strict';
import { isNotFound, namespaces, secrets, serviceAccounts } from '@berth/api';
import type { TokenReview } from '@berth/api';
import { createTestStorage } from '@berth/storage/testing';
import { eventually, eventuallyHolds } from '../eventually.ts';
import { rootCa, startControlPlane } from './control-plane.ts';
import type { ControlPlane } from './control-plane.ts';

describe('a secret that asks for a token of a service account', () => {
  let plane: ControlPlane;
  before(async () => {
    plane = await startControlPlane(createTestStorage(), { nodes: [] });
  });
  after(() => plane.close());

  const textOf = (value = '') => Buffer.from(value, 'base64').toString();

  it('gets one that is good as long as the secret and the account are there', async () => {
    const { client, api } = plane;
    await client.create(namespaces, { metadata: { name: 'a' }, spec: {} });
    await client.create(serviceAccounts, { metadata: { namespace: 'a', name: 'robot' } });
    const ref = { namespace: 'a', name: 'lasting' };
    const annotations = { 'kubernetes.io/service-account.name': 'robot' };
    const type = 'kubernetes.io/service-account-token';
    await client.create(secrets, { metadata: { ...ref, annotations }, type });
    const data = await eventually(async () => {
      const { data = {} } = await client.get(secrets, ref);
      return data['token'] && data;
    });
    assert.ok(data);
    assert.equal(textOf(data['ca.crt']), rootCa);
    assert.equal(textOf(data['namespace']), 'a');

    const review = async () => {
      const response = await api.transport({
        method: 'POST',
        path: '/apis/authentication.k8s.io/v1/tokenreviews',
        headers: { 'content-type': 'application/json' },
        body: Buffer.from(JSON.stringify({ spec: { token: textOf(data['token']) } })),
      });
      const chunks: Uint8Array[] = [];
      for await (const chunk of response.body) chunks.push(chunk);
      return (JSON.parse(Buffer.concat(chunks).toString()) as TokenReview).status;
    };
    const known = await review();
    assert.equal(known?.user?.username, 'system:serviceaccount:a:robot');

    await client.remove(serviceAccounts, { namespace: 'a', name: 'robot' });
    await eventuallyHolds(() => assert.rejects(client.get(secrets, ref), isNotFound));
    assert.notEqual((await review())?.authenticated, true);
  });
});
