import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { writeFileAtomic } from '@berth/component-base';
import type { Clock } from '@berth/component-base';
import type { KeyPair, Subject, Validity } from '@berth/component-base/pki';
import { generateSigningKey } from './authentication/signing-key.ts';
import { peerName } from './node/peers/peer-service.ts';
import { masters } from './users.ts';

export interface PkiDirOptions {
  readonly dir: string;
  readonly clock: Pick<Clock, 'now'>;
  /** Names and addresses by which clients reach the server, besides the usual ones. */
  readonly serverNames: readonly string[];
}

/** The keys of one cluster, as files that only their owner can read. */
export interface Pki {
  readonly ca: KeyPair;
  readonly server: KeyPair;
  readonly serviceAccountKeyPem: string;
  /** What the server shows to kubelets. */
  readonly kubeletClient: KeyPair;
  /** Signs nothing but `frontProxyClient`. */
  readonly frontProxyCa: KeyPair;
  /** What the server shows to API servers behind it, which believe it about users. */
  readonly frontProxyClient: KeyPair;
  /** A client certificate of the cluster's CA, good for a year. */
  issueClient(subject: Subject): Promise<KeyPair>;
}

const dayMs = 24 * 3600_000;
const caDays = 3650;
const certificateDays = 365;
/** A certificate with less than this left is made anew. */
const renewDays = 30;

const usualNames = [
  'kubernetes',
  'kubernetes.default',
  'kubernetes.default.svc',
  'kubernetes.default.svc.cluster.local',
  'localhost',
  '127.0.0.1',
  '::1',
];

/** Reads the keys of a cluster, and makes what is missing, about to expire or lacks a name. */
export async function openPki({ dir, clock, serverNames }: PkiDirOptions): Promise<Pki> {
  const now = clock.now();
  const names = [...new Set([...usualNames, ...serverNames])];
  const ca =
    (await readPair(dir, 'ca')) ??
    (await keep(dir, 'ca', async ({ createCa }) => createCa('kubernetes', validFor(now, caDays))));
  const known = await readPair(dir, 'apiserver');
  const server =
    known && isGood(known, ca, names, now)
      ? known
      : await keep(dir, 'apiserver', ({ issueServer }) =>
          issueServer(ca, 'kube-apiserver', names, validFor(now, certificateDays)),
        );
  const client = async (name: string, issuer: KeyPair, subject: Subject) => {
    const there = await readPair(dir, name);
    return there && isGood(there, issuer, [], now)
      ? there
      : keep(dir, name, ({ issueClient }) =>
          issueClient(issuer, subject, validFor(now, certificateDays)),
        );
  };
  const frontProxyCa =
    (await readPair(dir, 'front-proxy-ca')) ??
    (await keep(dir, 'front-proxy-ca', ({ createCa }) =>
      createCa('front-proxy-ca', validFor(now, caDays)),
    ));
  return {
    ca,
    server,
    serviceAccountKeyPem: await serviceAccountKey(dir),
    kubeletClient: await client('apiserver-kubelet-client', ca, {
      commonName: peerName,
      organizations: [masters],
    }),
    frontProxyCa,
    frontProxyClient: await client('front-proxy-client', frontProxyCa, {
      commonName: frontProxyName,
      organizations: [],
    }),
    async issueClient(subject) {
      const { issueClient } = await import('@berth/component-base/pki');
      return issueClient(ca, subject, validFor(clock.now(), certificateDays));
    },
  };
}

/** The name by which API servers behind this one know it. */
export const frontProxyName = 'front-proxy-client';

type Maker = (pki: typeof import('@berth/component-base/pki')) => Promise<KeyPair>;

/** The library is slow to load, so it is loaded only when something has to be made. */
async function keep(dir: string, name: string, make: Maker): Promise<KeyPair> {
  const pair = await make(await import('@berth/component-base/pki'));
  await writeFileAtomic(join(dir, `${name}.key`), pair.keyPem);
  await writeFileAtomic(join(dir, `${name}.crt`), pair.certPem, { mode: 0o644 });
  return pair;
}

async function readPair(dir: string, name: string): Promise<KeyPair | undefined> {
  const certPem = await readIfThere(join(dir, `${name}.crt`));
  const keyPem = await readIfThere(join(dir, `${name}.key`));
  return certPem !== undefined && keyPem !== undefined ? { certPem, keyPem } : undefined;
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (err) {
    if (err instanceof Error && 'code' in err && err.code === 'ENOENT') return undefined;
    throw err;
  }
}

function isGood({ certPem }: KeyPair, ca: KeyPair, names: readonly string[], now: number): boolean {
  const certificate = new X509Certificate(certPem);
  return (
    certificate.checkIssued(new X509Certificate(ca.certPem)) &&
    Date.parse(certificate.validTo) > now + renewDays * dayMs &&
    names.every((name) => (isIP(name) ? certificate.checkIP(name) : certificate.checkHost(name)))
  );
}

async function serviceAccountKey(dir: string): Promise<string> {
  const path = join(dir, 'sa.key');
  const known = await readIfThere(path);
  if (known !== undefined) return known;
  const made = generateSigningKey();
  await writeFileAtomic(path, made);
  return made;
}

const validFor = (now: number, days: number): Validity => ({
  // Clocks of other machines may be a little behind.
  notBefore: now - 300_000,
  notAfter: now + days * dayMs,
});
