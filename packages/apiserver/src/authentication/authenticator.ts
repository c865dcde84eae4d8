import { unauthorized } from '@berth/api';
import type { ApiRequest } from '@berth/api';
import type { UserInfo } from '../request.ts';
import { anonymous, asAuthenticated } from '../users.ts';

/** Who is at the other end, before anything in the request is read. */
export type Peer =
  /** A caller in the same process, taken at its word. */
  | { readonly kind: 'user'; readonly user: UserInfo }
  /** A connection, with the client certificate if it showed one that our CA signed and that is valid. */
  | {
      readonly kind: 'connection';
      readonly certificate?: ClientCertificate | 'untrusted';
      /** The address at the other end. */
      readonly address?: string;
    };

/** What is read of one, as Node gives it. */
export interface ClientCertificate {
  readonly subject: CertificateSubject;
  /** SHA-256 of its DER, in hexadecimal. */
  readonly fingerprint256: string;
}

/** The element of a subject that holds the user's UID; its number is Kubernetes' own. */
const uidElement = '1.3.6.1.4.1.57683.2';

/** One value or several. */
export interface CertificateSubject {
  readonly CN?: string | readonly string[];
  readonly O?: string | readonly string[];
  readonly [uidElement]?: string | readonly string[];
}

/** Finds out whose token this is; undefined when it is not one of its own kind, or not good. */
export type TokenAuthenticator = (
  token: string,
  audiences?: readonly string[],
) => Promise<AuthenticatedToken | undefined>;

interface AuthenticatedToken {
  readonly user: UserInfo;
  /** The audiences that the token is for, of those asked for; absent when the token knows none. */
  readonly audiences?: readonly string[];
}

/** The first authenticator that knows the token. */
export const anyToken =
  (authenticators: readonly TokenAuthenticator[]): TokenAuthenticator =>
  async (token, audiences) => {
    for (const authenticate of authenticators) {
      const found = await authenticate(token, audiences);
      if (found) return { ...found, user: asAuthenticated(found.user) };
    }
    return undefined;
  };

/** Certificate before token before nobody; a certificate or token that is not good is refused with 401. */
export const createAuthenticator =
  (authenticateToken: TokenAuthenticator) =>
  async ({ headers }: ApiRequest, peer: Peer): Promise<UserInfo> => {
    if (peer.kind === 'user') return peer.user;
    const { certificate } = peer;
    const user =
      certificate && certificate !== 'untrusted' ? userOfConnection(certificate) : undefined;
    if (user) return user;
    const token = bearerToken(headers['authorization']);
    if (!token && certificate) throw unauthorized();
    if (!token) return anonymous;
    const found = await authenticateToken(token);
    if (!found) throw unauthorized();
    return found.user;
  };

const asList = (value: string | readonly string[] | undefined): readonly string[] =>
  typeof value === 'string' ? [value] : (value ?? []);

/**
 * Common name, organizations and UID, as Kubernetes reads them; undefined for a certificate without a name, and for one
 * whose UID is empty or not the only one.
 */
export function userOfCertificate(subject: CertificateSubject): UserInfo | undefined {
  const name = asList(subject.CN)[0];
  const [uid, ...others] = asList(subject[uidElement]);
  if (!name || uid === '' || others.length > 0) return undefined;
  return asAuthenticated({ name, ...(uid && { uid }), groups: asList(subject.O) });
}

const ofConnections = new WeakMap<ClientCertificate, UserInfo>();

/** The same, with which certificate it was that said so, for audit logs and reviews; found out once per connection. */
function userOfConnection(certificate: ClientCertificate): UserInfo | undefined {
  const known = ofConnections.get(certificate);
  if (known) return known;
  const user = userOfCertificate(certificate.subject);
  if (!user) return undefined;
  const id = `X509SHA256=${certificate.fingerprint256.replaceAll(':', '').toLowerCase()}`;
  const found = { ...user, extra: { 'authentication.kubernetes.io/credential-id': [id] } };
  ofConnections.set(certificate, found);
  return found;
}

function bearerToken(authorization: string | undefined): string | undefined {
  const [, scheme, token] = /^\s*(\S+)\s+(\S+)/.exec(authorization ?? '') ?? [];
  return scheme?.toLowerCase() === 'bearer' ? token : undefined;
}
