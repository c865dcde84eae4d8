import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { createRequest } from '@berth/component-base/pki';
import { eventuallyHolds } from '../eventually.ts';
import type { Cluster } from '../testing/cluster.ts';
import type { Kubectl } from '../testing/kubectl.ts';
import { simulatedCluster } from './clusters.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('access', () => {
  let cluster: Cluster;
  let kubectl: Kubectl;

  before(async function () {
    cluster = await simulatedCluster(this);
    ({ kubectl } = cluster);
  });

  const apply = (object: object) => kubectl.feed(JSON.stringify(object), 'apply', '-f', '-');

  const request = async (name: string): Promise<void> => {
    const der = Buffer.from((await createRequest({ commonName: name })).request).toString('base64');
    const pem = `-----BEGIN CERTIFICATE REQUEST-----\n${der}\n-----END CERTIFICATE REQUEST-----\n`;
    await apply({
      apiVersion: 'certificates.k8s.io/v1',
      kind: 'CertificateSigningRequest',
      metadata: { name },
      spec: {
        request: base64(pem),
        signerName: 'kubernetes.io/kube-apiserver-client',
        usages: ['digital signature', 'client auth'],
      },
    });
  };

  it('gives a certificate to whom kubectl certificate approves, and none to whom it denies', async () => {
    await request('csr-jane');
    await request('csr-eve');
    await kubectl('certificate', 'approve', 'csr-jane');
    await kubectl('certificate', 'deny', 'csr-eve');
    const path = ['-o', 'jsonpath={.status.certificate}'];
    const certificate = await eventuallyHolds(async () => {
      const text = await kubectl('get', 'csr', 'csr-jane', ...path);
      assert.notEqual(text, '');
      return new X509Certificate(Buffer.from(text, 'base64'));
    });
    assert.equal(certificate.subject, 'CN=csr-jane');
    const shown = await kubectl('get', 'csr', 'csr-jane', 'csr-eve', '--no-headers');
    assert.match(shown, /csr-jane .*kubernetes.io\/kube-apiserver-client .*Approved,Issued/);
    assert.match(shown, /csr-eve .*Denied/);
    assert.equal(await kubectl('get', 'csr', 'csr-eve', ...path), '');
  });

  it('shows the flow schemas and priority levels that every cluster has', async () => {
    const schemas = await kubectl('get', 'flowschemas');
    assert.match(
      schemas,
      /^NAME +PRIORITYLEVEL +MATCHINGPRECEDENCE +DISTINGUISHERMETHOD +AGE +MISSINGPL/,
    );
    await eventuallyHolds(async () => {
      const shown = await kubectl('get', 'flowschemas', 'system-nodes', '--no-headers');
      assert.match(shown, /^system-nodes +system +500 +ByUser .* False$/m);
    });
    const levels = await kubectl('get', 'prioritylevelconfigurations', '--no-headers');
    assert.match(levels, /^workload-low +Limited +100 +128 +6 +50 /m);
  });

  it('writes the rules of an aggregated role, and answers who may do what', async () => {
    const metadata = { name: 'access-part', labels: { 'example.com/sum': 'access' } };
    const rules = [{ verbs: ['get'], apiGroups: ['example.com'], resources: ['pandas'] }];
    const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole' };
    const selector = { matchLabels: { 'example.com/sum': 'access' } };
    await apply({ ...role, metadata, rules });
    await apply({
      ...role,
      metadata: { name: 'access-sum' },
      aggregationRule: { clusterRoleSelectors: [selector] },
    });
    await eventuallyHolds(async () => {
      const shown = await kubectl('get', 'clusterrole', 'access-sum', '-o', 'jsonpath={.rules}');
      assert.deepEqual(JSON.parse(shown), rules);
    });
    await kubectl(
      'create',
      'clusterrolebinding',
      'access-sum',
      '--clusterrole=access-sum',
      '--user=jane',
    );
    await eventuallyHolds(async () => {
      const listed = await kubectl('auth', 'can-i', '--list', '--as=jane');
      assert.match(listed, /pandas\.example\.com +\[\] +\[\] +\[get\]/);
    });
    assert.match(await kubectl('auth', 'whoami', '--as=jane', '--as-group=dev'), /Username +jane/);
    await kubectl('delete', 'clusterrolebinding', 'access-sum');
    await kubectl('delete', 'clusterrole', 'access-part', 'access-sum');
  });
});
