import { randomUUID } from 'node:crypto';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import {
  createLogger,
  formatHelp,
  parseOptions,
  runParts,
  systemClock,
  writeFileAtomic,
} from '@berth/component-base';
import type { Environment, Part } from '@berth/component-base';
import { openApiServer } from './open-api-server.ts';
import type { OpenApiServer, OpenOptions } from './open-api-server.ts';
import { apiServerFlags } from './options.ts';
import { masters } from './users.ts';

/** One API server process: reads its flags, serves until `signal` aborts, and leaves nothing running. */
export async function runApiServer(
  argv: readonly string[],
  env: Environment,
  signal: AbortSignal,
): Promise<void> {
  if (argv.includes('--help')) {
    process.stdout.write(formatHelp('berth apiserver [flags]', apiServerFlags));
    return;
  }
  const flags = parseOptions(apiServerFlags, argv, env);
  const logger = createLogger({
    level: flags.logLevel,
    write: (line) => process.stderr.write(line),
    now: () => systemClock.now(),
  });
  const server = apiServerPart({
    flags,
    clock: systemClock,
    logger,
    random: Math.random,
    newUid: randomUUID,
  });
  await runParts([server], { logger, signal });
}

function apiServerPart(options: OpenOptions): Part {
  let opened: OpenApiServer | undefined;
  return {
    name: 'apiserver',
    async start() {
      opened = await openApiServer(options);
      await keepAdminKubeconfig(join(options.flags.dataDir, 'admin.kubeconfig'), opened);
    },
    stop: async () => opened?.close(),
  };
}

/** The way in for whoever can read the data directory; left alone when it is there. */
async function keepAdminKubeconfig(path: string, { pki, port }: OpenApiServer): Promise<void> {
  const exists = await access(path).then(
    () => true,
    () => false,
  );
  if (exists) return;
  const subject = { commonName: 'kubernetes-admin', organizations: [masters] };
  const { certPem, keyPem } = await pki.issueClient(subject);
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const name = 'berth';
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name,
        cluster: {
          server: `https://127.0.0.1:${port}`,
          'certificate-authority-data': base64(pki.ca.certPem),
        },
      },
    ],
    users: [
      {
        name,
        user: {
          'client-certificate-data': base64(certPem),
          'client-key-data': base64(keyPem),
        },
      },
    ],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  };
  await writeFileAtomic(path, `${JSON.stringify(kubeconfig, undefined, 2)}\n`);
}
