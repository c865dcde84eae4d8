import { randomInt } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isAlreadyExists, secrets } from '@berth/api';
import type { Client } from '@berth/client';
import { formatTime, writeFileAtomic } from '@berth/component-base';

export interface TokenOptions {
  /** ms since the epoch; a token without an end is good for ever. */
  readonly expiresAt?: number;
  readonly description: string;
}

const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789';
const letters = (count: number) =>
  Array.from({ length: count }, () => alphabet[randomInt(alphabet.length)]).join('');

/** `[a-z0-9]{6}.[a-z0-9]{16}` */
export const newToken = (): string => `${letters(6)}.${letters(16)}`;

/** Makes a bootstrap token known to the cluster, as the Secret that upstream keeps it in. */
export async function registerToken(
  client: Client,
  token: string,
  { expiresAt, description }: TokenOptions,
): Promise<void> {
  const [id = '', secret = ''] = token.split('.');
  await client
    .create(secrets, {
      metadata: { namespace: 'kube-system', name: `bootstrap-token-${id}` },
      type: 'bootstrap.kubernetes.io/token',
      stringData: {
        'token-id': id,
        'token-secret': secret,
        description,
        'usage-bootstrap-authentication': 'true',
        'usage-bootstrap-signing': 'true',
        'auth-extra-groups': 'system:bootstrappers:kubeadm:default-node-token',
        ...(expiresAt !== undefined && { expiration: formatTime(expiresAt) }),
      },
    })
    .catch((err: unknown) => {
      if (!isAlreadyExists(err)) throw err;
    });
}

/** The token by which this machine's own nodes join; made once, kept where only the owner can read it. */
export async function ownToken(client: Client, file: string): Promise<void> {
  const known = await readFile(file, 'utf8').catch(() => undefined);
  const token = known?.trim() || newToken();
  await registerToken(client, token, { description: 'For the nodes of berth up.' });
  if (!known) await writeFileAtomic(file, `${token}\n`);
}
