import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import {
  agentFlags,
  createAgent,
  createBridgeNetwork,
  createNodeChannel,
  createStreamHandlers,
  parseResolvConf,
  readMachine,
  runCommand,
} from '@berth/agent';
import { choice, optionalText, text } from '@berth/component-base';
import type { Environment } from '@berth/component-base';
import { connectCri, removeOrphans } from '@berth/cri';
import { processContext, readFlags } from '../process.ts';
import { version } from '../version.ts';
import { awaitIdentity } from './identity.ts';
import type { IdentityOptions } from './identity.ts';
import { parsePairs, parseTaints } from './node-flags.ts';

export const agentProcessFlags = {
  ...agentFlags,
  tokenFile: optionalText('file with the bootstrap token', 'FILE'),
  caFile: optionalText("the cluster's authority, PEM; to join with", 'FILE'),
  discoveryTokenCaCertHash: optionalText(
    "sha256:<hex> of the public key of the cluster's authority; to join with instead of --ca-file",
    'HASH',
  ),
  containerdRoot: optionalText(
    "root of a containerd that is this node's alone; what its falls leave behind is then cleared away",
    'DIR',
  ),
  containerdState: optionalText('state directory of that containerd', 'DIR'),
  cniConfDir: text('/etc/cni/net.d', 'where the runtime looks for its network', 'DIR'),
  clusterCidr: text('10.244.0.0/16', 'addresses of pods of the whole cluster', 'CIDR'),
  logLevel: choice(['error', 'info', 'debug'], 'info', 'how much to log'),
} as const;

/** `berth agent`: one node on a CRI runtime. */
export async function runAgentProcess(
  argv: readonly string[],
  env: Environment,
  signal: AbortSignal,
): Promise<number> {
  const flags = readFlags('berth agent [flags]', agentProcessFlags, argv, env);
  if (!flags) return 0;
  if (!flags.server) throw new Error('--server is needed: the address of the control plane');
  const context = processContext(flags.logLevel);
  const { clock, random, logger } = context;
  const nodeName = flags.hostnameOverride ?? hostname().toLowerCase();
  const credentials = await awaitIdentity(
    {
      dir: join(flags.rootDir, 'pki'),
      endpoint: flags.server,
      nodeName,
      token: async () => flags.token ?? (flags.tokenFile && (await readTrimmed(flags.tokenFile))),
      trust: () => trustOf(flags),
      signal,
    },
    context,
  );
  if (!credentials) return 0;
  const controlPlane = createNodeChannel({
    endpoint: flags.server,
    credentials,
    nodeName,
    clock,
    random,
    logger,
  });
  const cri = await connectCri({ endpoint: flags.containerRuntimeEndpoint });
  const ipamDir = join(flags.rootDir, 'ipam');
  const { containerdRoot: root, containerdState: state } = flags;
  try {
    if (root && state) {
      const socket = flags.containerRuntimeEndpoint.replace('unix://', '');
      const removed = await removeOrphans(cri.runtime, { root, state, socket, ipamDir, clock });
      if (removed.length > 0) logger.info('Removed what nobody owned', { removed });
    }
    await createAgent({
      controlPlane,
      cri,
      clock,
      random,
      logger,
      nodeName,
      nodeIps: flags.nodeIp,
      labels: parsePairs(flags.nodeLabels),
      taints: parseTaints(flags.registerWithTaints),
      maxPods: flags.maxPods,
      reserved: parsePairs(flags.systemReserved),
      version,
      machine: await readMachine(flags.rootDir),
      paths: { dataDir: flags.rootDir, podLogsDir: flags.podLogsDir },
      clusterDns: flags.clusterDns,
      clusterDomain: flags.clusterDomain,
      hostDns: parseResolvConf(await readFile(flags.resolvConf, 'utf8').catch(() => '')),
      seccompDefault: flags.seccompDefault,
      logMaxBytes: flags.containerLogMaxSize,
      logMaxFiles: flags.containerLogMaxFiles,
      statsIntervalMs: flags.statsInterval * 1000,
      heartbeatMs: flags.nodeStatusUpdateFrequency * 1000,
      streams: createStreamHandlers(cri.runtime),
      ...(flags.cgroupRoot && { cgroupRoot: flags.cgroupRoot }),
      network: createBridgeNetwork({
        nodeName,
        cniConfDir: flags.cniConfDir,
        ipamDir,
        clusterCidr: flags.clusterCidr,
        run: runCommand,
        clock,
        logger,
      }),
    }).run(signal);
  } finally {
    cri.close();
  }
  return 0;
}

async function trustOf({
  caFile,
  discoveryTokenCaCertHash: caHash,
}: {
  readonly caFile: string | undefined;
  readonly discoveryTokenCaCertHash: string | undefined;
}): ReturnType<IdentityOptions['trust']> {
  if (caFile) return { ca: await readFile(caFile, 'utf8') };
  return caHash ? { caHash } : undefined;
}

const readTrimmed = async (file: string) => (await readFile(file, 'utf8')).trim();
