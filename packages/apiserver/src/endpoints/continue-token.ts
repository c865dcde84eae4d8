import { Buffer } from 'node:buffer';
import { badRequest } from '@berth/api';

/** Where a list goes on. */
export interface Continuation {
  /** The revision of the whole list; absent when the rest is read from the newest state. */
  readonly revision?: number;
  /** The first storage key to read, after the prefix of the list. */
  readonly start: string;
}

const version = 'meta.k8s.io/v1';

/** An opaque token, in the form other Kubernetes servers on the same store can read. */
export function formatContinue({ revision, start }: Continuation): string {
  const token = { v: version, rv: revision ?? -1, start };
  return Buffer.from(JSON.stringify(token)).toString('base64url');
}

export function parseContinue(token: string): Continuation {
  const { v, rv, start } = decode(token);
  if (v !== version) throw invalidKey(`server does not recognize this encoded version ${quote(v)}`);
  if (typeof rv !== 'number' || !Number.isSafeInteger(rv) || rv === 0)
    throw invalidKey('incorrect encoded start resourceVersion (version meta.k8s.io/v1)');
  if (typeof start !== 'string' || start === '')
    throw invalidKey('encoded start key empty (version meta.k8s.io/v1)');
  if (`/${start}/`.includes('/../')) throw invalidKey(start);
  return rv > 0 ? { revision: rv, start } : { start };
}

function decode(token: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
    if (typeof parsed === 'object' && parsed !== null) return parsed as Record<string, unknown>;
  } catch {
    // Falls through to the one answer for every unreadable token.
  }
  throw invalidKey('illegal base64 data or not a token of this server');
}

const invalidKey = (why: string) => badRequest(`continue key is not valid: ${why}`);
const quote = (value: unknown) => JSON.stringify(value ?? null);
