import { openApiServer } from '@berth/apiserver';
import type { ApiServerFlags, OpenApiServer, UserInfo } from '@berth/apiserver';
import type { Clock, Logger } from '@berth/component-base';
import { createMetrics } from '@berth/component-base/metrics';
import type { ControllersOptions } from '@berth/controllers';
import { runControllers, runScheduler } from './run-control-loops.ts';

export interface ControlPlaneOptions {
  readonly apiServer: ApiServerFlags;
  readonly controllers: Omit<ControllersOptions, 'rootCa'>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly newUid: () => string;
  readonly logger: Logger;
  readonly identity: string;
}

export interface ControlPlane {
  readonly api: OpenApiServer;
  /** Ends the loops, then the server. */
  close(): Promise<void>;
}

const scheduler: UserInfo = { name: 'system:kube-scheduler', groups: ['system:authenticated'] };
const controllerManager: UserInfo = {
  name: 'system:kube-controller-manager',
  groups: ['system:authenticated'],
};

/**
 * API server, scheduler and controllers in one process. The loops speak to the server as they would over the network,
 * through the same filters and as the same users, only without a socket in between.
 */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { clock, random, newUid, logger, identity } = options;
  const api = await openApiServer({ ...options, flags: options.apiServer });
  const stop = new AbortController();
  const contextFor = (user: UserInfo) => ({
    transport: api.server.inProcessTransport(user),
    clock,
    random,
    logger: logger.with({ component: user.name.replace('system:', '') }),
    metrics: createMetrics(),
    identity: `${identity}_${newUid()}`,
    leaderElect: false,
  });
  const rootCa = api.pki.ca.certPem;
  const loops = [
    runScheduler(contextFor(scheduler), stop.signal),
    runControllers(
      contextFor(controllerManager),
      { ...options.controllers, rootCa },
      stop.signal,
    ),
  ];
  return {
    api,
    async close() {
      stop.abort();
      await Promise.all(loops);
      await api.close();
    },
  };
}
