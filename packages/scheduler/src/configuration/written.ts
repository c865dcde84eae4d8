import { anything, duration, integer, list, number, struct, text, truth } from './fields.ts';
import type { Struct } from './fields.ts';

const plugin = struct({ name: text, weight: integer });
const pluginSet = struct({ enabled: list(plugin), disabled: list(plugin) });

const profileFields = {
  schedulerName: text,
  percentageOfNodesToScore: integer,
  plugins: struct({
    preEnqueue: pluginSet,
    queueSort: pluginSet,
    preFilter: pluginSet,
    filter: pluginSet,
    postFilter: pluginSet,
    preScore: pluginSet,
    score: pluginSet,
    reserve: pluginSet,
    permit: pluginSet,
    preBind: pluginSet,
    bind: pluginSet,
    postBind: pluginSet,
    multiPoint: pluginSet,
  }),
  pluginConfig: list(struct({ name: text, args: anything })),
};

/** The fields of the file, as kubescheduler.config.k8s.io/v1 has them. */
export const configurationFields = {
  apiVersion: text,
  kind: text,
  parallelism: integer,
  leaderElection: struct({
    leaderElect: truth,
    leaseDuration: duration,
    renewDeadline: duration,
    retryPeriod: duration,
    resourceLock: text,
    resourceName: text,
    resourceNamespace: text,
  }),
  clientConnection: struct({
    kubeconfig: text,
    acceptContentTypes: text,
    contentType: text,
    qps: number,
    burst: integer,
  }),
  enableProfiling: truth,
  enableContentionProfiling: truth,
  percentageOfNodesToScore: integer,
  podInitialBackoffSeconds: integer,
  podMaxBackoffSeconds: integer,
  profiles: list(struct(profileFields)),
  extenders: list(anything),
  delayCacheUntilActive: truth,
};

export type Written = Struct<typeof configurationFields>;
export type WrittenProfile = Struct<typeof profileFields>;
