import { Buffer } from 'node:buffer';
import { X509Certificate } from 'node:crypto';
import { userOfCertificate } from '../authentication/authenticator.ts';
import type { CertificateSubject } from '../authentication/authenticator.ts';
import type { UserInfo } from '../request.ts';
import { asAuthenticated, nodeNameOf, nodesGroup } from '../users.ts';

/** The user that a node is in the API. */
export const nodeUser = (nodeName: string): UserInfo =>
  asAuthenticated({ name: nodeUserName(nodeName), groups: [nodesGroup] });

export const nodeUserName = (nodeName: string): string => `system:node:${nodeName}`;

/** Which node a certificate (DER, already verified) speaks for; undefined when it speaks for somebody else. */
export function nodeOfCertificate(der: Uint8Array): string | undefined {
  const { subject } = new X509Certificate(der).toLegacyObject() as { subject?: CertificateSubject };
  const user = subject && userOfCertificate(subject);
  return user && nodeNameOf(user);
}

/** The same, for callers that come again and again with one certificate: it is read when it is first seen. */
export function createNodeDirectory(): typeof nodeOfCertificate {
  const known = new Map<string, string | undefined>();
  return (der) => {
    const key = Buffer.from(der.buffer, der.byteOffset, der.byteLength).toString('latin1');
    if (!known.has(key)) {
      if (known.size >= mostRemembered) known.clear();
      known.set(key, nodeOfCertificate(der));
    }
    return known.get(key);
  };
}

/** Certificates of more nodes than one cluster has. */
const mostRemembered = 20_000;
