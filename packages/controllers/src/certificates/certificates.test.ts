import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { X509Certificate } from 'node:crypto';
import type { CertificateSigningRequest } from '@berth/api';
import { makeMetadata } from '@berth/api/testing';
import { createCa, createRequest, signRequest } from '@berth/component-base/pki';
import type { KeyPair } from '@berth/component-base/pki';
import { planApproval, planCleanup, planSigning } from './plan.ts';

const hourMs = 3_600_000;
const now = Date.parse('2026-06-01T00:00:00Z');
const limits = { durationMs: 365 * 24 * hourMs, caNotAfter: now + 1000 * 24 * hourMs };
const kubelet = 'kubernetes.io/kube-apiserver-client-kubelet';
const usages = ['digital signature', 'client auth'];

describe('certificate signing requests', () => {
  let request: string;
  let ca: KeyPair;
  before(async () => {
    const subject = { commonName: 'system:node:a', organizations: ['system:nodes'] };
    const der = Buffer.from((await createRequest(subject)).request).toString('base64');
    request = Buffer.from(
      `-----BEGIN CERTIFICATE REQUEST-----\n${der}\n-----END CERTIFICATE REQUEST-----\n`,
    ).toString('base64');
    ca = await createCa('kubernetes', { notBefore: now - hourMs, notAfter: limits.caNotAfter });
  });

  const csr = (
    spec: Partial<CertificateSigningRequest['spec']> = {},
    ...conditions: readonly string[]
  ): CertificateSigningRequest => ({
    metadata: makeMetadata('a', { creationTimestamp: '2026-05-31T12:00:00Z' }),
    spec: { request, signerName: kubelet, usages, username: 'system:bootstrap:x', ...spec },
    status: {
      conditions: conditions.map((type) => ({
        type,
        status: 'True',
        lastUpdateTime: '2026-05-31T23:30:00Z',
      })),
    },
  });
  const rights = (object: CertificateSigningRequest) =>
    planApproval(object).map(({ subresource }) => subresource);

  it('of kubelets are approved by the right to have them, the narrower one first', () => {
    assert.deepEqual(rights(csr()), ['nodeclient']);
    assert.deepEqual(rights(csr({ username: 'system:node:a' })), ['selfnodeclient', 'nodeclient']);
    assert.deepEqual(rights(csr({ signerName: 'example.com/x' })), []);
    assert.deepEqual(rights(csr({ usages: ['server auth'] })), []);
    assert.deepEqual(rights(csr({}, 'Denied')), []);
  });

  it('are signed once they are approved, and no longer than the authority lives', () => {
    assert.equal(planSigning(csr(), limits, now).kind, 'nothing');
    assert.equal(planSigning(csr({}, 'Approved', 'Failed'), limits, now).kind, 'nothing');
    assert.equal(
      planSigning(csr({ signerName: 'example.com/x' }, 'Approved'), limits, now).kind,
      'nothing',
    );
    const asked = planSigning(csr({ expirationSeconds: 3600 }, 'Approved'), limits, now);
    assert.deepEqual(asked, { kind: 'sign', notBefore: now - 300_000, notAfter: now + hourMs });
    const short = { ...limits, caNotAfter: now + 5 };
    const plan = planSigning(csr({}, 'Approved'), short, now);
    assert.equal(plan.kind === 'sign' && plan.notAfter, now + 5);
  });

  it('fail when they are not what their signer signs', () => {
    const wrong = csr({ signerName: 'kubernetes.io/kubelet-serving' }, 'Approved');
    assert.deepEqual(planSigning(wrong, limits, now), {
      kind: 'fail',
      message: 'DNS or IP subjectAltName is required',
    });
    const client = { signerName: 'kubernetes.io/kube-apiserver-client', usages: ['server auth'] };
    assert.equal(planSigning(csr(client, 'Approved'), limits, now).kind, 'fail');
  });

  it('lie around for a day while they wait and for an hour once they are decided', async () => {
    assert.equal(planCleanup(csr(), now), 12 * hourMs);
    assert.equal(planCleanup(csr({}, 'Approved'), now), hourMs / 2);
    const validity = { notBefore: now - hourMs, notAfter: now + 60_000 };
    const pem = await signRequest(
      ca,
      Buffer.from(request, 'base64').toString(),
      { client: true, keyEncipherment: true },
      validity,
    );
    const issued = csr({}, 'Approved');
    const certificate = Buffer.from(pem).toString('base64');
    assert.equal(
      planCleanup({ ...issued, status: { ...issued.status, certificate } }, now),
      60_000,
    );
    assert.equal(new X509Certificate(pem).subject, 'O=system:nodes\nCN=system:node:a');
  });
});
