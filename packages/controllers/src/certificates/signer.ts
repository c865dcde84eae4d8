import { Buffer } from 'node:buffer';
import { X509Certificate } from 'node:crypto';
import { certificateSigningRequests, keyOf } from '@berth/api';
import type { CertificateSigningRequest } from '@berth/api';
import { createWorkqueue } from '@berth/client';
import type { KeyPair } from '@berth/component-base/pki';
import { createController } from '../controller.ts';
import type { Controller, ControllerContext } from '../controller.ts';
import { planSigning } from './plan.ts';
import { pemOf, requestOf } from './requests.ts';

export interface SigningOptions {
  /** The authority that clients and servers of the cluster believe. */
  readonly ca: KeyPair;
  /** The longest a certificate may be good. */
  readonly durationMs: number;
}

/** Signs what was approved, as the signers whose names begin with `kubernetes.io/`. */
export function createCertificateSigner(
  context: ControllerContext,
  { ca, durationMs }: SigningOptions,
): Controller {
  const { client, informers, clock, random, logger } = context;
  const queue = createWorkqueue<string>({ clock, random });
  const informer = informers.informer(certificateSigningRequests);
  const limits = { durationMs, caNotAfter: Date.parse(new X509Certificate(ca.certPem).validTo) };
  informer.addHandler({
    added: (csr) => queue.add(keyOf(csr)),
    updated: (_, csr) => queue.add(keyOf(csr)),
  });

  return createController({
    name: 'certificatesigningrequest-signing',
    queue,
    workers: 1,
    logger,
    ready: (signal) => informers.synced(signal),
    async reconcile(key) {
      const csr = informer.lister.get(key);
      const plan = csr ? planSigning(csr, limits, clock.now()) : { kind: 'nothing' as const };
      if (!csr || plan.kind === 'nothing') return undefined;
      if (plan.kind === 'fail') {
        await client.updateStatus(certificateSigningRequests, failed(csr, plan.message));
        return undefined;
      }
      const certificate = Buffer.from(await sign(ca, csr, plan)).toString('base64');
      const status = { ...csr.status, certificate };
      await client.updateStatus(certificateSigningRequests, { ...csr, status });
      return undefined;
    },
  });
}

function failed(csr: CertificateSigningRequest, message: string): CertificateSigningRequest {
  const reason = 'SignerValidationFailure';
  const condition = { type: 'Failed', status: 'True', reason, message };
  const conditions = [...(csr.status?.conditions ?? []), condition];
  return { ...csr, status: { ...csr.status, conditions } };
}

interface Validity {
  readonly notBefore: number;
  readonly notAfter: number;
}

async function sign(
  ca: KeyPair,
  csr: CertificateSigningRequest,
  { notBefore, notAfter }: Validity,
): Promise<string> {
  // The library is slow to load, and most clusters sign seldom.
  const { signRequest } = await import('@berth/component-base/pki');
  const { usages = [], request } = csr.spec;
  const { dnsNames, ipAddresses, emailAddresses, uris } = requestOf(csr);
  const wanted = {
    client: usages.includes('client auth'),
    server: usages.includes('server auth'),
    keyEncipherment: usages.includes('key encipherment'),
    names: [...dnsNames, ...ipAddresses],
    emailAddresses,
    uris,
  };
  return signRequest(ca, pemOf(request), wanted, { notBefore, notAfter });
}
