import { Buffer } from 'node:buffer';
import { createHash, createPrivateKey, createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { nodes, pods, secrets, serviceAccounts } from '@berth/api';
import type { KubeObject, ObjectRef, ResourceType } from '@berth/api';
import type { Clock } from '@berth/component-base';
import type { JWTPayload } from 'jose';
import type { Lookup } from '../lookup.ts';
import { serviceAccountGroups, serviceAccountName } from '../users.ts';
import type { TokenAuthenticator } from './authenticator.ts';

export interface Bound {
  readonly name: string;
  readonly uid: string;
}

export interface TokenClaims {
  readonly namespace: string;
  readonly serviceAccount: Bound;
  readonly audiences: readonly string[];
  readonly expirationSeconds: number;
  readonly pod?: Bound;
  readonly secret?: Bound;
  readonly node?: Bound;
}

export interface ServiceAccountTokens {
  issue(claims: TokenClaims): Promise<{ readonly token: string; readonly expiresAtMs: number }>;
  readonly authenticate: TokenAuthenticator;
  readonly issuer: string;
  /** The audiences a token is for when nobody says, and that this server accepts. */
  readonly audiences: readonly string[];
  /** The public key as a JWK Set, for others that want to check tokens. */
  keys(): Promise<{ readonly keys: readonly object[] }>;
}

export interface ServiceAccountTokenOptions {
  /** EC P-256 private key, PEM. */
  readonly keyPem: string;
  readonly issuer: string;
  readonly audiences: readonly string[];
  /** By what is at hand, which may be a moment old. */
  readonly lookup: Lookup;
  /** By the store, for what another server may just have made. */
  readonly lookupNewest: Lookup;
  readonly clock: Clock;
  readonly newUid: () => string;
}

const algorithm = 'ES256';
/** Tokens whose signature was checked are remembered: a pod shows the same one with every request. */
const remembered = 1000;
/** How long after its object began to go a token still works, so that a pod can say good-bye. */
const deletionLeewayMs = 60_000;

interface Verified {
  readonly payload: JWTPayload;
  readonly claims: KubernetesClaims;
}

interface KubernetesClaims {
  readonly namespace: string;
  readonly serviceaccount: Bound;
  readonly pod?: Bound;
  readonly secret?: Bound;
  readonly node?: Bound;
}

/** Tokens of service accounts: JWTs that this server signs, good as long as what they are bound to exists. */
export function createServiceAccountTokens(
  options: ServiceAccountTokenOptions,
): ServiceAccountTokens {
  const { keyPem, issuer, audiences, lookup, lookupNewest, clock, newUid } = options;
  const privateKey = createPrivateKey(keyPem);
  const publicKey = createPublicKey(privateKey);
  const keyId = thumbprint(publicKey);
  const verified = new Map<string, Verified>();

  async function verify(token: string): Promise<Verified | undefined> {
    const known = verified.get(token);
    if (known) return known;
    if (!looksLikeOurs(token, issuer)) return undefined;
    const { jwtVerify } = await import('jose');
    try {
      const currentDate = new Date(clock.now());
      const { payload } = await jwtVerify(token, publicKey, {
        algorithms: [algorithm],
        issuer,
        currentDate,
      });
      const claims = claimsOf(payload);
      if (!claims) return undefined;
      const oldest = verified.keys().next().value;
      if (verified.size >= remembered && oldest !== undefined) verified.delete(oldest);
      verified.set(token, { payload, claims });
      return { payload, claims };
    } catch {
      return undefined;
    }
  }

  async function stillExists<T extends KubeObject>(
    type: ResourceType<T>,
    ref: ObjectRef,
    uid: string,
  ): Promise<boolean> {
    const asMeant = (object: T | undefined) => (object?.metadata.uid === uid ? object : undefined);
    const object = asMeant(await lookup(type, ref)) ?? asMeant(await lookupNewest(type, ref));
    if (!object) return false;
    const deleted = object.metadata.deletionTimestamp;
    return deleted === undefined || Date.parse(deleted) + deletionLeewayMs > clock.now();
  }

  async function isAlive({ namespace, serviceaccount, pod, secret, node }: KubernetesClaims) {
    const within = ({ name }: Bound) => ({ namespace, name });
    const checks = [
      stillExists(serviceAccounts, within(serviceaccount), serviceaccount.uid),
      ...(pod ? [stillExists(pods, within(pod), pod.uid)] : []),
      ...(secret ? [stillExists(secrets, within(secret), secret.uid)] : []),
      // A pod's token names the pod's node for information; it is bound to the node only without a pod.
      ...(node && !pod ? [stillExists(nodes, { name: node.name }, node.uid)] : []),
    ];
    return (await Promise.all(checks)).every(Boolean);
  }

  return {
    issuer,
    audiences,

    async issue({ namespace, serviceAccount, expirationSeconds, pod, secret, node, ...claims }) {
      const { SignJWT } = await import('jose');
      const now = Math.floor(clock.now() / 1000);
      const bound = { ...(node && { node }), ...(pod && { pod }), ...(secret && { secret }) };
      const token = await new SignJWT({
        'kubernetes.io': { namespace, ...bound, serviceaccount: serviceAccount },
      })
        .setProtectedHeader({ alg: algorithm, kid: keyId })
        .setIssuer(issuer)
        .setSubject(serviceAccountName(namespace, serviceAccount.name))
        .setAudience([...claims.audiences])
        .setIssuedAt(now)
        .setNotBefore(now)
        .setExpirationTime(now + expirationSeconds)
        .setJti(newUid())
        .sign(privateKey);
      return { token, expiresAtMs: (now + expirationSeconds) * 1000 };
    },

    async authenticate(token, asked = audiences) {
      const found = await verify(token);
      if (!found) return undefined;
      const { payload, claims } = found;
      if ((payload.exp ?? 0) * 1000 <= clock.now()) {
        verified.delete(token);
        return undefined;
      }
      const shared = listOf(payload.aud).filter((audience) => asked.includes(audience));
      if (shared.length === 0 || !(await isAlive(claims))) return undefined;
      return { user: userOf(payload, claims), audiences: shared };
    },

    async keys() {
      const jwk = publicKey.export({ format: 'jwk' });
      return { keys: [{ use: 'sig', kid: keyId, alg: algorithm, ...jwk }] };
    },
  };
}

function userOf({ sub = '', jti }: JWTPayload, claims: KubernetesClaims) {
  const { namespace, serviceaccount, pod, node } = claims;
  const prefix = 'authentication.kubernetes.io';
  return {
    name: sub,
    uid: serviceaccount.uid,
    groups: serviceAccountGroups(namespace),
    extra: {
      ...(jti && { [`${prefix}/credential-id`]: [`JTI=${jti}`] }),
      ...(node && {
        [`${prefix}/node-name`]: [node.name],
        ...(node.uid && { [`${prefix}/node-uid`]: [node.uid] }),
      }),
      ...(pod && { [`${prefix}/pod-name`]: [pod.name], [`${prefix}/pod-uid`]: [pod.uid] }),
    },
  };
}

function claimsOf(payload: JWTPayload): KubernetesClaims | undefined {
  const claims = payload['kubernetes.io'] as Partial<KubernetesClaims> | undefined;
  const { namespace, serviceaccount } = claims ?? {};
  if (!namespace || !serviceaccount?.name || !serviceaccount.uid) return undefined;
  if (payload.sub !== serviceAccountName(namespace, serviceaccount.name)) return undefined;
  return { ...claims, namespace, serviceaccount };
}

/** Whether a token is worth the cost of checking: three parts, and the issuer it claims is this server. */
function looksLikeOurs(token: string, issuer: string): boolean {
  const [, payload, signature, ...rest] = token.split('.');
  if (!payload || !signature || rest.length > 0) return false;
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    return (claims as { readonly iss?: unknown } | null)?.iss === issuer;
  } catch {
    return false;
  }
}

const listOf = (value: string | readonly string[] | undefined): readonly string[] =>
  typeof value === 'string' ? [value] : (value ?? []);

/** Names a key by what it is, so that several servers with the same key agree. */
const thumbprint = (key: KeyObject): string =>
  createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('base64url');
