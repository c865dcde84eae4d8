import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { caHashOf } from '@berth/agent';
import { optionalText, toggle } from '@berth/component-base';
import type { Environment } from '@berth/component-base';
import { duration } from '../control-plane/flags.ts';
import { clusterPaths } from '../data-dir.ts';
import { processContext, readFlags } from '../process.ts';
import { newToken, registerToken } from '../up/bootstrap-token.ts';
import { awaitApiServer } from '../up/readiness.ts';
import { dataDirOf } from '../up/up.ts';

const tokenFlags = {
  dataDir: optionalText('the data directory of the cluster', 'DIR'),
  ttl: duration('24h', 'how long the token is good for; 0 for ever'),
  printJoinCommand: toggle(false, 'print the whole command to run on the new node'),
  server: optionalText('address that the new node reaches this machine at, host:port', 'HOST:PORT'),
} as const;

/** `berth token create`: a bootstrap token, and with it what a new node has to be told. */
export async function runToken(
  [verb, ...argv]: readonly string[],
  env: Environment,
  signal: AbortSignal,
): Promise<number> {
  if (verb !== 'create')
    throw new Error(`unknown command token ${verb ?? ''}: there is token create`);
  const flags = readFlags('berth token create [flags]', tokenFlags, argv, env);
  if (!flags) return 0;
  const paths = clusterPaths(dataDirOf(flags.dataDir));
  const { clock } = processContext('error');
  const { client, close } = await awaitApiServer(paths.adminKubeconfig, clock, signal);
  const token = newToken();
  try {
    await registerToken(client, token, {
      description: 'Made by berth token create.',
      ...(flags.ttl > 0 && { expiresAt: clock.now() + flags.ttl }),
    });
  } finally {
    close();
  }
  const hash = caHashOf(await readFile(join(paths.pki, 'ca.crt'), 'utf8'));
  process.stdout.write(
    flags.printJoinCommand
      ? `berth join ${flags.server ?? 'HOST:PORT'} --token ${token} --discovery-token-ca-cert-hash ${hash}\n`
      : `${token}\n`,
  );
  return 0;
}
