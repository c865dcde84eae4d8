import { Buffer } from 'node:buffer';
import { secrets } from '@berth/api';
import type { Secret } from '@berth/api';
import type { Clock } from '@berth/component-base';
import type { Lookup } from '../lookup.ts';
import type { TokenAuthenticator } from './authenticator.ts';
import { sameSecret } from './constant-time.ts';

const tokenForm = /^([a-z0-9]{6})\.([a-z0-9]{16})$/;
const extraGroup = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/;

/** Tokens for joining: Secrets of type `bootstrap.kubernetes.io/token` in kube-system. */
export const bootstrapTokens =
  (lookup: Lookup, clock: Clock): TokenAuthenticator =>
  async (token) => {
    const [, id, secret] = tokenForm.exec(token) ?? [];
    if (!id || !secret) return undefined;
    const name = `bootstrap-token-${id}`;
    const stored = await lookup(secrets, { namespace: 'kube-system', name });
    const groups = stored && bootstrapGroups(stored, { id, secret }, clock.now());
    return groups && { user: { name: `system:bootstrap:${id}`, groups } };
  };

/** The groups of whoever knows the token; undefined when the Secret does not vouch for it. */
function bootstrapGroups(
  { type, data = {}, metadata }: Secret,
  { id, secret }: { readonly id: string; readonly secret: string },
  now: number,
): readonly string[] | undefined {
  const field = (key: string) => Buffer.from(data[key] ?? '', 'base64').toString('utf8');
  const expiration = field('expiration');
  const good =
    type === 'bootstrap.kubernetes.io/token' &&
    metadata.deletionTimestamp === undefined &&
    field('token-id') === id &&
    sameSecret(field('token-secret'), secret) &&
    field('usage-bootstrap-authentication') === 'true' &&
    (expiration === '' || Date.parse(expiration) > now);
  if (!good) return undefined;
  const extra = field('auth-extra-groups').split(',').filter(Boolean);
  return extra.every((group) => extraGroup.test(group))
    ? ['system:bootstrappers', ...extra]
    : undefined;
}
