import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { joinCluster } from '@berth/agent';
import { sleep, writeFileAtomic } from '@berth/component-base';
import type { Clock, Logger } from '@berth/component-base';

export interface NodeCredentials {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export interface IdentityOptions {
  /** Where the certificate is kept. */
  readonly dir: string;
  readonly endpoint: string;
  readonly nodeName: string;
  /** What is needed to join, read anew at every attempt; not asked for when the node has a certificate. */
  readonly token: () => Promise<string | undefined>;
  readonly trust: () => Promise<{ readonly ca: string } | { readonly caHash: string } | undefined>;
  readonly signal: AbortSignal;
}

/** The node's certificate: the one it has, or the one it gets by joining. */
async function nodeIdentity(options: IdentityOptions): Promise<NodeCredentials> {
  const { dir, endpoint, nodeName, signal } = options;
  const files = {
    ca: join(dir, 'ca.crt'),
    cert: join(dir, 'node.crt'),
    key: join(dir, 'node.key'),
  };
  const known = await access(files.cert).then(
    () => true,
    () => false,
  );
  if (known) {
    const [ca, cert, key] = await Promise.all(
      [files.ca, files.cert, files.key].map((file) => readFile(file, 'utf8')),
    );
    return { ca: ca!, cert: cert!, key: key! };
  }
  const [token, trust] = await Promise.all([options.token(), options.trust()]);
  if (!token || !trust) {
    throw new Error(
      'this node has no certificate yet: --token and --ca-file or --discovery-token-ca-cert-hash are needed to join',
    );
  }
  const joined = await joinCluster({ endpoint, trust, token, nodeName, signal });
  await writeFileAtomic(files.ca, joined.caPem, { mode: 0o644 });
  await writeFileAtomic(files.key, joined.keyPem);
  // Last: its presence says that the other two are there.
  await writeFileAtomic(files.cert, joined.certificatePem, { mode: 0o644 });
  return { ca: joined.caPem, cert: joined.certificatePem, key: joined.keyPem };
}

const retryMs = 50;

/** The same, however long the control plane takes to come up; undefined when `signal` aborted first. */
export async function awaitIdentity(
  options: IdentityOptions,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): Promise<NodeCredentials | undefined> {
  // What joining needs is slow to load: that is done while the control plane comes up.
  void Promise.all([import('@berth/component-base/pki'), import('@berth/component-base/grpc')]);
  let said = '';
  while (!options.signal.aborted) {
    try {
      return await nodeIdentity(options);
    } catch (err) {
      const why = err instanceof Error ? err.message : String(err);
      if (why !== said) logger.info('Could not join yet', { node: options.nodeName, why });
      said = why;
      await sleep(clock, retryMs, options.signal);
    }
  }
  return undefined;
}
