import { defaultPluginArgs } from './plugin-args.ts';
import type { PluginArgs } from './plugin-args.ts';
import { pointsOf } from './extension-points.ts';
import { planPlugins } from './plan-plugins.ts';
import type { PluginPlan } from './plan-plugins.ts';

/** A plugin that is code of the user's. */
export interface PluginModule {
  /** A path, relative to the configuration file, or the name of a package. */
  readonly module: string;
  /** How long one call may take; what is slower fails the attempt. */
  readonly timeoutMs: number;
  /** What the plugin itself makes of it. */
  readonly config: unknown;
}

/** How pods of one scheduler name are placed. */
export interface ProfileConfiguration extends PluginPlan {
  readonly schedulerName: string;
  readonly args: PluginArgs;
  readonly modules: ReadonlyMap<string, PluginModule>;
}

/** KubeSchedulerConfiguration, complete and valid. */
export interface SchedulerConfiguration {
  readonly leaderElection: {
    readonly leaderElect: boolean;
    readonly leaseDurationMs: number;
    readonly renewDeadlineMs: number;
    readonly retryPeriodMs: number;
    readonly resourceNamespace: string;
    readonly resourceName: string;
  };
  readonly clientConnection: {
    readonly kubeconfig?: string;
    /** Requests per second and what may go at once beyond; absent: as fast as the server answers. */
    readonly qps?: number;
    readonly burst?: number;
  };
  readonly podInitialBackoffMs: number;
  readonly podMaxBackoffMs: number;
  /** At least one, with different names. */
  readonly profiles: readonly ProfileConfiguration[];
  /** What was asked for and makes no difference here, for the log. */
  readonly remarks: readonly string[];
}

const defaultProfile: ProfileConfiguration = {
  schedulerName: 'default-scheduler',
  ...planPlugins({}, pointsOf, 'default-scheduler', []),
  args: defaultPluginArgs,
  modules: new Map(),
};

/** Upstream's defaults. */
export const defaultConfiguration: SchedulerConfiguration = {
  leaderElection: {
    leaderElect: true,
    leaseDurationMs: 15_000,
    renewDeadlineMs: 10_000,
    retryPeriodMs: 2_000,
    resourceNamespace: 'kube-system',
    resourceName: 'kube-scheduler',
  },
  clientConnection: {},
  podInitialBackoffMs: 1_000,
  podMaxBackoffMs: 10_000,
  profiles: [defaultProfile],
  remarks: [],
};
