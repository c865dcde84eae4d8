import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { formatKubeconfig } from '@berth/client';
import { writeFileAtomic } from '@berth/component-base';
import type { Environment } from '@berth/component-base';
import { processContext, readFlags, untilAborted } from '../process.ts';
import { startControlPlane } from './control-plane.ts';
import type { ControlPlane, ControlPlaneOptions } from './control-plane.ts';
import { apiServerProcessFlags, controlPlaneFlags, toControllersOptions } from './flags.ts';

type Flags = ControlPlaneOptions['apiServer'] & { readonly nodePort: number };

/** `berth control-plane`: API server, scheduler and controllers in one process. */
export async function runControlPlane(
  argv: readonly string[],
  env: Environment,
  signal: AbortSignal,
): Promise<number> {
  const flags = readFlags('berth control-plane [flags]', controlPlaneFlags, argv, env);
  if (flags) {
    await serve(flags, signal, {
      controllers: toControllersOptions(flags),
      signingDurationMs: flags.clusterSigningDuration,
    });
  }
  return 0;
}

/** `berth apiserver`: the API server alone, and the door for nodes. */
export async function runApiServerProcess(
  argv: readonly string[],
  env: Environment,
  signal: AbortSignal,
): Promise<number> {
  const flags = readFlags('berth apiserver [flags]', apiServerProcessFlags, argv, env);
  if (flags) await serve(flags, signal);
  return 0;
}

async function serve(
  flags: Flags,
  signal: AbortSignal,
  loops?: ControlPlaneOptions['loops'],
): Promise<void> {
  const controlPlane = await startControlPlane({
    ...processContext(flags.logLevel),
    apiServer: flags,
    nodePort: flags.nodePort,
    ...(loops && { loops }),
  });
  try {
    await keepKubeconfigs(flags.dataDir, controlPlane, loops ? [admin] : [admin, ...components]);
    await untilAborted(signal);
  } finally {
    await controlPlane.close();
  }
}

interface Holder {
  readonly file: string;
  readonly commonName: string;
  readonly organizations: readonly string[];
}

const admin: Holder = {
  file: 'admin.kubeconfig',
  commonName: 'kubernetes-admin',
  organizations: ['system:masters'],
};
const components: readonly Holder[] = [
  { file: 'scheduler.kubeconfig', commonName: 'system:kube-scheduler', organizations: [] },
  {
    file: 'controller-manager.kubeconfig',
    commonName: 'system:kube-controller-manager',
    organizations: [],
  },
];

/** The ways in for whoever can read the data directory. One that is there is left alone. */
async function keepKubeconfigs(
  dataDir: string,
  { api }: ControlPlane,
  holders: readonly Holder[],
): Promise<void> {
  for (const { file, ...subject } of holders) {
    const path = join(dataDir, file);
    if (await exists(path)) continue;
    const { certPem, keyPem } = await api.pki.issueClient(subject);
    const kubeconfig = formatKubeconfig({
      clusterName: 'berth',
      userName: subject.commonName,
      server: `https://127.0.0.1:${api.port}`,
      caPem: api.pki.ca.certPem,
      certPem,
      keyPem,
    });
    await writeFileAtomic(path, kubeconfig);
  }
}

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );
