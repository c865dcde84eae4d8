import {
  connectPeer,
  createNodeServer,
  createPeerLeases,
  createPeerStreams,
  createStreamBroker,
  openApiServer,
} from '@berth/apiserver';
import type { ApiServerFlags, OpenApiServer, UserInfo } from '@berth/apiserver';
import type { Clock, Logger } from '@berth/component-base';
import { createMetrics } from '@berth/component-base/metrics';
import type { ControllersOptions } from '@berth/controllers';
import { defaultConfiguration } from '@berth/scheduler';
import type { SchedulerConfiguration } from '@berth/scheduler';
import { makePlacement } from '../placement/make-placement.ts';
import { inTheirTurn } from './in-their-turn.ts';
import { runControllers, runScheduler } from './run-control-loops.ts';

export interface ControlPlaneOptions {
  readonly apiServer: ApiServerFlags;
  /** Where nodes connect to; 0 chooses a port. */
  readonly nodePort: number;
  /** Scheduler and controllers run in this process too; they are processes of their own when absent. */
  readonly loops?: {
    readonly controllers: Omit<ControllersOptions, 'rootCa' | 'signing'>;
    /** How long signed certificates are good at most; a year when absent. */
    readonly signingDurationMs?: number;
  };
  /** How pods are placed; upstream's default when absent. */
  readonly scheduler?: SchedulerConfiguration;
  readonly clock: Clock;
  readonly random: () => number;
  readonly newUid: () => string;
  readonly logger: Logger;
}

export interface ControlPlane {
  readonly api: OpenApiServer;
  /** The port that nodes connect to. */
  readonly nodePort: number;
  /** Ends the loops, then the servers. */
  close(): Promise<void>;
}

const scheduler: UserInfo = { name: 'system:kube-scheduler', groups: ['system:authenticated'] };
const controllerManager: UserInfo = {
  name: 'system:kube-controller-manager',
  groups: ['system:authenticated'],
};

/**
 * API server and node server, and with `loops` scheduler and controllers in the same process. The loops speak to
 * the server as they would over the network, through the same filters and as the same users, only without a
 * socket in between.
 */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { apiServer: flags, clock, logger } = options;
  const streams = createStreamBroker({ clock, newId: options.newUid });
  const peers = createPeerStreams({
    broker: streams,
    // Only etcd has several servers.
    leases: { others: async () => (flags.store === 'etcd' ? leases.others() : []) },
    connect: (endpoint) => connectPeer(endpoint, api.pki),
    clock,
    logger,
  });
  const placement = makePlacement({
    configuration: options.scheduler ?? defaultConfiguration,
    controllerTransport: () => server.inProcessTransport(controllerManager),
  });
  const api = await openApiServer({
    ...options,
    flags,
    with: { nodeStreams: peers, placement, hasLoops: options.loops !== undefined },
  });
  const { server, pki, storage, address } = api;
  const leases = createPeerLeases({ storage, clock, logger, identity: options.newUid() });
  const nodes = createNodeServer({
    ...options,
    apiServer: server,
    streams,
    ca: pki.ca,
    server: pki.server,
    clock,
    logger,
  });
  const stop = new AbortController();
  let telling: Promise<void> | undefined;
  const loops = options.loops ? startLoops(options, api, options.loops, stop.signal) : [];
  const close = async () => {
    stop.abort();
    await Promise.all(loops);
    await telling;
    await peers.close();
    await nodes.close();
    await api.close();
  };
  try {
    const nodePort = await nodes.listen(flags.bindAddress, options.nodePort);
    if (flags.store === 'etcd' && address) telling = leases.run(address, nodePort, stop.signal);
    return { api, nodePort, close };
  } catch (err) {
    await close();
    throw err;
  }
}

const yearMs = 365 * 24 * 3_600_000;

function startLoops(
  { clock, random, newUid, logger, scheduler: configuration }: ControlPlaneOptions,
  { server, pki }: OpenApiServer,
  { controllers, signingDurationMs = yearMs }: NonNullable<ControlPlaneOptions['loops']>,
  signal: AbortSignal,
): readonly Promise<void>[] {
  const contextFor = (user: UserInfo) => ({
    transport: server.inProcessTransport(user),
    clock,
    random,
    logger: logger.with({ component: user.name.replace('system:', '') }),
    metrics: createMetrics(),
    identity: newUid(),
    // A store of its own has one server, and that has these loops.
    leaderElect: false,
  });
  const rootCa = pki.ca.certPem;
  const signing = { ca: pki.ca, durationMs: signingDurationMs };
  const forControllers = contextFor(controllerManager);
  // Nobody waits for controllers as a pod that starts waits for the scheduler and its node.
  const patient = { ...forControllers, transport: inTheirTurn(forControllers.transport) };
  return [
    runScheduler(contextFor(scheduler), signal, configuration),
    runControllers(patient, { ...controllers, rootCa, signing }, signal),
  ];
}
