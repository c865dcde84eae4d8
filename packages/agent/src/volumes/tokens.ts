import type { Pod, ServiceAccountTokenProjection } from '@berth/api';
import type { Clock } from '@berth/component-base';

import type { ControlPlane } from '../control-plane.ts';

export interface Tokens {
  /** A token that is good for a while yet. */
  get(pod: Pod, projection: ServiceAccountTokenProjection): Promise<Token>;
  forget(uid: string): void;
}

interface Token {
  readonly token: string;
  /** From then on a new one should take its place. */
  readonly refreshAt: number;
  readonly expiresAt: number;
}

const defaultSeconds = 3600;
const usedUp = 0.8;
const longestMs = 24 * 3_600_000;
const retryMs = 10_000;

/** Tokens for the service accounts of pods, asked for anew after four fifths of their life, and daily. */
export function createTokens(controlPlane: Pick<ControlPlane, 'issueToken'>, clock: Clock): Tokens {
  const known = new Map<string, Map<string, Token>>();

  const issue = async (pod: Pod, projection: ServiceAccountTokenProjection): Promise<Token> => {
    const { name, namespace = '', uid } = pod.metadata;
    const { audience, expirationSeconds = defaultSeconds } = projection;
    const account = { namespace, name: pod.spec.serviceAccountName ?? 'default' };
    const asked = clock.now();
    const { token, expiresAtMs } = await controlPlane.issueToken(account, {
      audiences: audience ? [audience] : [],
      expirationSeconds,
      pod: { name, uid },
    });
    const life = Math.min((expiresAtMs - asked) * usedUp, longestMs);
    return { token, refreshAt: asked + life, expiresAt: expiresAtMs };
  };

  return {
    async get(pod, projection) {
      const { uid } = pod.metadata;
      const mine = known.get(uid) ?? new Map<string, Token>();
      known.set(uid, mine);
      const key = JSON.stringify([projection.audience, projection.expirationSeconds]);
      const held = mine.get(key);
      if (held && clock.now() < held.refreshAt) return held;
      const fresh = await issue(pod, projection).catch((err: unknown) => {
        const now = clock.now();
        if (!held || now >= held.expiresAt) throw err;
        // The old one still works; the control plane may be back before it ends.
        return { ...held, refreshAt: now + retryMs };
      });
      mine.set(key, fresh);
      return fresh;
    },
    forget: (uid) => void known.delete(uid),
  };
}
