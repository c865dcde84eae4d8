import { Buffer } from 'node:buffer';
import type { CertificateSigningRequest } from '@berth/api';
import { parseCertificateRequest } from '@berth/component-base';
import type { CertificateRequest } from '@berth/component-base';

export const kubeletClientSigner = 'kubernetes.io/kube-apiserver-client-kubelet';
export const kubeletServingSigner = 'kubernetes.io/kubelet-serving';
export const clientSigner = 'kubernetes.io/kube-apiserver-client';
export const legacySigner = 'kubernetes.io/legacy-unknown';

const nodePrefix = 'system:node:';

/** The PKCS#10 request inside; validation has let it through. */
export const requestOf = ({ spec }: CertificateSigningRequest): CertificateRequest =>
  parseCertificateRequest(pemOf(spec.request));

export const pemOf = (base64: string): string => Buffer.from(base64, 'base64').toString('latin1');

export const hasCondition = (
  { status }: CertificateSigningRequest,
  ...types: readonly string[]
): boolean => (status?.conditions ?? []).some(({ type }) => types.includes(type));

const clientUsages: readonly string[] = ['digital signature', 'key encipherment', 'client auth'];
const servingUsages: readonly string[] = ['digital signature', 'key encipherment', 'server auth'];

/** Exactly these usages; keys that cannot encipher do without that one. */
const areExactly = (usages: readonly string[], wanted: readonly string[]): boolean =>
  usages.every((usage) => wanted.includes(usage)) &&
  wanted.every((usage) => usage === 'key encipherment' || usages.includes(usage));

const isOfNodes = ({ organizations }: CertificateRequest) =>
  organizations.length === 1 && organizations[0] === 'system:nodes';

/** Why this is not what a kubelet asks for to speak to the API server; undefined when it is. */
export function kubeletClientProblem(
  request: CertificateRequest,
  usages: readonly string[],
): string | undefined {
  const { commonName, dnsNames, emailAddresses, ipAddresses, uris } = request;
  if (!isOfNodes(request)) return 'subject organization is not system:nodes';
  if (dnsNames.length > 0) return 'DNS subjectAltNames are not allowed';
  if (emailAddresses.length > 0) return 'Email subjectAltNames are not allowed';
  if (ipAddresses.length > 0) return 'IP subjectAltNames are not allowed';
  if (uris.length > 0) return 'URI subjectAltNames are not allowed';
  if (!commonName.startsWith(nodePrefix)) {
    return 'subject common name does not begin with system:node:';
  }
  return areExactly(usages, clientUsages) ? undefined : mismatch(clientUsages);
}

/** Why this is not what a kubelet asks for to be spoken to. */
export function kubeletServingProblem(
  request: CertificateRequest,
  usages: readonly string[],
): string | undefined {
  const { commonName, dnsNames, emailAddresses, ipAddresses, uris } = request;
  if (!isOfNodes(request)) return 'subject organization is not system:nodes';
  if (dnsNames.length + ipAddresses.length === 0) return 'DNS or IP subjectAltName is required';
  if (emailAddresses.length > 0) return 'Email subjectAltNames are not allowed';
  if (uris.length > 0) return 'URI subjectAltNames are not allowed';
  if (!areExactly(usages, servingUsages)) return mismatch(servingUsages);
  return commonName.startsWith(nodePrefix)
    ? undefined
    : 'subject common name does not begin with system:node:';
}

/** Why no client certificate can be made of this. */
export function clientProblem(usages: readonly string[]): string | undefined {
  return usages.includes('client auth') && usages.every((usage) => clientUsages.includes(usage))
    ? undefined
    : `usages did not match ${printed(clientUsages)}`;
}

const mismatch = (usages: readonly string[]) => `usages did not match ${printed(usages)}`;
const printed = (usages: readonly string[]) => `[${[...usages].sort().join(' ')}]`;
