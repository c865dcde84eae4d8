import { Buffer } from 'node:buffer';
import { X509Certificate } from 'node:crypto';
import type { CertificateSigningRequest } from '@berth/api';
import {
  clientProblem,
  clientSigner,
  hasCondition,
  kubeletClientProblem,
  kubeletClientSigner,
  kubeletServingProblem,
  kubeletServingSigner,
  legacySigner,
  requestOf,
} from './requests.ts';

/** A right by which a request is approved without anybody looking at it. */
export interface Approval {
  readonly subresource: 'selfnodeclient' | 'nodeclient';
  readonly message: string;
}

/** The rights to try, the narrower first; none when somebody else must decide. */
export function planApproval(csr: CertificateSigningRequest): readonly Approval[] {
  const { signerName, usages = [], username } = csr.spec;
  if (signerName !== kubeletClientSigner || hasCondition(csr, 'Approved', 'Denied')) return [];
  const request = requestOf(csr);
  if (kubeletClientProblem(request, usages) !== undefined) return [];
  const self: Approval = {
    subresource: 'selfnodeclient',
    message: 'Auto approving self kubelet client certificate after SubjectAccessReview.',
  };
  const other: Approval = {
    subresource: 'nodeclient',
    message: 'Auto approving kubelet client certificate after SubjectAccessReview.',
  };
  return username === request.commonName ? [self, other] : [other];
}

export type SigningPlan =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'fail'; readonly message: string }
  | { readonly kind: 'sign'; readonly notBefore: number; readonly notAfter: number };

export interface SigningLimits {
  /** The longest a certificate may be good. */
  readonly durationMs: number;
  /** When the authority itself ends. */
  readonly caNotAfter: number;
}

/** Clocks of other machines may be a little behind. */
const backdateMs = 300_000;

/** Whether a request is to be signed by the authority of the cluster, and for how long. */
export function planSigning(
  csr: CertificateSigningRequest,
  { durationMs, caNotAfter }: SigningLimits,
  now: number,
): SigningPlan {
  const { spec, status } = csr;
  if (!hasCondition(csr, 'Approved') || hasCondition(csr, 'Denied', 'Failed')) {
    return { kind: 'nothing' };
  }
  if (status?.certificate || !signers.includes(spec.signerName)) return { kind: 'nothing' };
  const message = problemOf(csr);
  if (message !== undefined) return { kind: 'fail', message };
  const asked = spec.expirationSeconds === undefined ? Infinity : spec.expirationSeconds * 1000;
  const notAfter = Math.min(now + Math.min(asked, durationMs), caNotAfter);
  return { kind: 'sign', notBefore: now - backdateMs, notAfter };
}

const signers: readonly string[] = [
  kubeletClientSigner,
  kubeletServingSigner,
  clientSigner,
  legacySigner,
];

function problemOf(csr: CertificateSigningRequest): string | undefined {
  const { signerName, usages = [] } = csr.spec;
  switch (signerName) {
    case kubeletClientSigner:
      return kubeletClientProblem(requestOf(csr), usages);
    case kubeletServingSigner:
      return kubeletServingProblem(requestOf(csr), usages);
    case clientSigner:
      return clientProblem(usages);
    default:
      return undefined;
  }
}

const hourMs = 3_600_000;

/** How long a request may still lie around; zero or less when its time is over. */
export function planCleanup(csr: CertificateSigningRequest, now: number): number {
  const { metadata, status } = csr;
  const since = (time: string | undefined) => (time ? Date.parse(time) : now);
  const ends = (status?.conditions ?? [])
    .filter(({ type }) => ['Approved', 'Denied', 'Failed'].includes(type))
    .map(({ lastUpdateTime }) => since(lastUpdateTime) + hourMs);
  const pending = ends.length === 0 ? [since(metadata.creationTimestamp) + 24 * hourMs] : [];
  return Math.min(...ends, ...pending, certificateEnd(status?.certificate)) - now;
}

function certificateEnd(certificate: string | undefined): number {
  if (!certificate) return Infinity;
  try {
    return Date.parse(new X509Certificate(Buffer.from(certificate, 'base64')).validTo);
  } catch {
    return Infinity;
  }
}
