import { apiServerFlags } from '@berth/apiserver';
import { choice, integer, optionalText, port, text, toggle } from '@berth/component-base';
import type { Flag, OptionsOf } from '@berth/component-base';
import type { ControllersOptions } from '@berth/controllers';
import { parseDuration } from '@berth/api';
import { parseAddress } from './serve-metrics.ts';
import type { Address } from './serve-metrics.ts';

/** A Go duration, in ms. */
export const duration = (fallback: string, help: string): Flag<number> => ({
  help: `${help} (${fallback})`,
  fallback: parseDuration(fallback),
  placeholder: 'DURATION',
  parse: parseDuration,
});

/** The flags of the controllers, under upstream's names. */
export const controllerFlags = {
  clusterCidr: text('10.244.0.0/16', 'addresses of pods', 'CIDR'),
  nodeCidrMaskSize: integer(24, 'how much of it a node gets', { min: 8, max: 30 }),
  nodeMonitorGracePeriod: duration('50s', 'how long a node may be silent'),
  nodeMonitorPeriod: duration('5s', 'how often silence is looked for'),
  clusterSigningDuration: duration('8760h0m0s', 'how long signed certificates are good at most'),
  terminatedPodGcThreshold: integer(12_500, 'how many finished pods may stay; 0: any number'),
  horizontalPodAutoscalerSyncPeriod: duration('15s', 'how often autoscalers look at their targets'),
} as const;

export const toControllersOptions = (
  flags: OptionsOf<typeof controllerFlags>,
): Omit<ControllersOptions, 'rootCa' | 'signing'> => ({
  nodeIpam: { clusterCidr: flags.clusterCidr, nodePrefix: flags.nodeCidrMaskSize },
  nodeLifecycle: {
    gracePeriodMs: flags.nodeMonitorGracePeriod,
    monitorPeriodMs: flags.nodeMonitorPeriod,
  },
  hpa: { syncPeriodMs: flags.horizontalPodAutoscalerSyncPeriod },
  podCleanup: { terminatedPodThreshold: flags.terminatedPodGcThreshold },
});

/** The flags of `berth apiserver` as the cluster runs it: with the door for nodes. */
export const apiServerProcessFlags = {
  ...apiServerFlags,
  nodePort: port(6444, 'port that nodes connect to; 0 chooses one'),
} as const;

export const controlPlaneFlags = { ...apiServerProcessFlags, ...controllerFlags } as const;

/** The flag, absent unless it is given. */
const optional = <T>({ fallback: _, ...flag }: Flag<T>): Flag<T | undefined> => ({
  ...flag,
  fallback: undefined,
});

const metricsAddress: Flag<Address | undefined> = {
  help: 'where /metrics, /healthz, /livez and /readyz are served, over plain HTTP (default: nowhere)',
  fallback: undefined,
  placeholder: 'IP:PORT',
  parse: parseAddress,
};

const loopFlags = {
  kubeconfig: optionalText('how to reach the API server, and as whom', 'FILE'),
  leaderElect: toggle(true, 'wait for the lease before doing anything'),
  leaderElectIdentity: optionalText(
    'who holds the lease (default: made anew at each start); whoever starts this process again only after its end may keep it, and so the lease',
    'NAME',
  ),
  metricsBindAddress: metricsAddress,
  logLevel: choice(['error', 'info', 'debug'], 'info', 'how much to log'),
} as const;

export const schedulerFlags = {
  ...loopFlags,
  kubeconfig: optionalText(
    'how to reach the API server, and as whom (default: as the pod that this runs in)',
    'FILE',
  ),
  config: optionalText('a KubeSchedulerConfiguration of kubescheduler.config.k8s.io/v1', 'FILE'),
  leaderElect: optional(
    toggle(true, 'wait for the lease before doing anything (default: as the configuration says)'),
  ),
} as const;
export const controllerManagerFlags = {
  ...loopFlags,
  ...controllerFlags,
  clusterSigningCertFile: optionalText(
    'the authority that signs certificate requests, PEM (default: they stay unsigned)',
    'FILE',
  ),
  clusterSigningKeyFile: optionalText('key of that authority, PEM', 'FILE'),
  rootCaFile: optionalText(
    'the authority to publish to pods, PEM (default: that of the kubeconfig)',
    'FILE',
  ),
} as const;
