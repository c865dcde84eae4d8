import { setMaxListeners } from 'node:events';
import { leases, pods, serviceAccounts } from '@berth/api';
import type { Transport } from '@berth/api';
import type { Clock, HealthCheck, Logger } from '@berth/component-base';
import type { Metrics } from '@berth/component-base/metrics';
import type { KeyPair } from '@berth/component-base/pki';
import type { Storage } from '@berth/storage';
import { createAggregator } from './aggregator/aggregator.ts';
import type { Aggregator } from './aggregator/aggregator.ts';
import { publishAuthentication } from './aggregator/authentication-config.ts';
import type { FrontProxy } from './aggregator/authentication-config.ts';
import { createAccess } from './access.ts';
import type { AccessOptions, ServiceAccountOptions } from './access.ts';
import type { MakeAdmission } from './admission/admission.ts';
import { certificateAdmission } from './admission/certificates.ts';
import type { Authorizer } from './authorization/authorizer.ts';
import type { PodsByNode } from './authorization/pods-by-node.ts';
import { escalationCheck } from './authorization/escalation.ts';
import { bootstrap } from './bootstrap/bootstrap.ts';
import { createKubernetesService } from './bootstrap/kubernetes-service.ts';
import type { KubernetesService } from './bootstrap/kubernetes-service.ts';
import { publishServiceCidr } from './bootstrap/service-cidr.ts';
import { createChain } from './chain.ts';
import type { Chain } from './chain.ts';
import { createCustomResources } from './crd/custom-resources.ts';
import { compileRules } from './crd/compile-rules.ts';
import { webhookConversion } from './crd/webhook-conversion.ts';
import { componentStatuses } from './endpoints/component-statuses.ts';
import { placementPlanning, placementReads, whySubresource } from './endpoints/placement.ts';
import type { MakePlacement } from './endpoints/placement.ts';
import { tokenRequests } from './endpoints/token-request.ts';
import type { HealthEndpoint } from './endpoints/health.ts';
import { createAudit } from './filters/audit.ts';
import type { AuditOptions } from './filters/audit.ts';
import { authorization } from './filters/authorization.ts';
import { createDeadline } from './filters/deadline.ts';
import { impersonation } from './filters/impersonation.ts';
import { createPriorityAndFairness } from './filters/priority-and-fairness.ts';
import { prettyPrint } from './filters/pretty-print.ts';
import { createRequestMetrics } from './filters/request-metrics.ts';
import { inProcessTransport } from './in-process.ts';
import { formatIp, parseIpRange } from './registry/core/ip-range.ts';
import { servePodStreams } from './node/pod-streams.ts';
import type { NodeStreams } from './node/stream-broker.ts';
import { createDial } from './proxy/dial.ts';
import type { Connect } from './proxy/dial.ts';
import { serveProxies } from './proxy/serve-proxies.ts';
import { createRegistry } from './registry/registry.ts';
import type { Registry } from './registry/registry.ts';
import type { Strategy } from './registry/strategy.ts';
import type { UserInfo } from './request.ts';
import { createFlowControl } from './flow-control/flow-control.ts';
import { createFinalHandler } from './final-handler.ts';
import type { HttpsServer, ServerTls } from './server.ts';
import { createUpgrades } from './upgrades.ts';
import type { UpgradeHandler } from './upgrades.ts';
import { createUsageStore } from './usage.ts';
import { createWebhookCaller } from './webhook/webhook-caller.ts';
import type { UsageStore } from './usage.ts';

export interface ApiServerOptions {
  /** Left open when the server closes. */
  readonly storage: Storage;
  readonly clock: Clock;
  readonly logger: Logger;
  /** 0 to 1. */
  readonly random: () => number;
  readonly newUid: () => string;
  readonly metrics: Metrics;
  readonly strategies: readonly Strategy[];
  /** Opinions on writes, in order, besides the server's own. */
  readonly admission?: MakeAdmission;
  readonly serviceAccounts: ServiceAccountOptions;
  readonly tokens?: AccessOptions['tokens'];
  /** Who takes over the connection of requests such as `pods/exec`, by resource and subresource. */
  readonly upgrades?: Readonly<Record<string, UpgradeHandler>>;
  /** How to reach into pods; without it there are no logs, exec, attach and port-forward. */
  readonly nodeStreams?: NodeStreams;
  /** Opens connections to what proxies reach without a node in between; TCP when absent. */
  readonly connect?: Connect;
  /** How API servers behind this one know it; without it they only see TLS. */
  readonly frontProxy?: FrontProxy;
  /** Knows where pods go; without it there is no `pods/why` and there are no plans. */
  readonly placement?: MakePlacement;
  /** Scheduler and controllers run in this process: they hold no leases, and fall only with it. */
  readonly hasLoops?: boolean;
  /** What kubelets are shown. */
  readonly kubeletClient?: KeyPair;
  /** Requests that run at once, of all priority levels together; 600 when absent. */
  readonly maxRequestsInflight?: number;
  /** What is recorded of requests, and where; nothing when absent. The sink is left open. */
  readonly audit?: Pick<AuditOptions, 'policy' | 'sink'>;
  /** What requests other than watches and streams may take; 60 s when absent. */
  readonly requestTimeoutMs?: number;
  /** Addresses of Services, `10.96.0.0/12` unless said otherwise; `default/kubernetes` has the first. */
  readonly serviceCidr?: string;
}

export interface ApiServer {
  /** The one road of all requests; never rejects. */
  readonly handle: Chain;
  /** The same road for callers in this process, who are who they say. */
  inProcessTransport(user: UserInfo): Transport;
  readonly registry: Registry;
  /** What `metrics.k8s.io` tells; filled by whoever hears from nodes. */
  readonly usage: UsageStore;
  /** Which pods each node has, as authorization sees it. */
  readonly podsByNode: PodsByNode;
  readonly authorize: Authorizer;
  /** Makes what every cluster has, and resolves when requests can be judged. */
  start(): Promise<void>;
  /** Serves HTTPS and tells `default/kubernetes` of it; resolves to the port. */
  listen(options: ListenOptions): Promise<number>;
  /** Serves new connections with another certificate. */
  setTls(tls: ServerTls): void;
  /** Whether `/readyz` says so. */
  ready(): boolean;
  /** Ends watches and streams, waits for other requests, and withdraws from `default/kubernetes`. */
  close(): Promise<void>;
}

export interface ListenOptions {
  readonly bindAddress: string;
  /** 0 chooses one. */
  readonly port: number;
  /** How pods reach this server; without one `default/kubernetes` has no endpoint for it. */
  readonly advertiseAddress?: string;
  readonly tls: ServerTls;
}

/** An API server over a store. Any number of them may share one. */
export function createApiServer(options: ApiServerOptions): ApiServer {
  const { storage, clock, logger, metrics, newUid, serviceCidr = '10.96.0.0/12' } = options;
  const closing = new AbortController();
  // Every watch and stream listens to it.
  setMaxListeners(0, closing.signal);
  const usage = createUsageStore({ now: () => clock.now() });
  const { nodeStreams, frontProxy } = options;
  const dial = createDial({ streams: nodeStreams, connect: options.connect });
  const registry: Registry = createRegistry({
    ...options,
    serviceCidr,
    admission: (reads, writes) => [
      ...(options.admission?.(reads, writes, dial) ?? []),
      ...certificateAdmission((attributes) => access.authorize(attributes)),
      escalationCheck({
        authorize: (attributes) => access.authorize(attributes),
        rulesFor: (user, namespace) => access.rulesFor(user, namespace),
        roleRules: (kind, namespace, name) => access.roleRules(kind, namespace, name),
      }),
    ],
  });
  const access = createAccess({ ...options, tokens: options.tokens ?? [], registry });
  registry.addSubresource(
    serviceAccounts,
    'token',
    tokenRequests(
      access.serviceAccountTokens,
      (type, ref) => registry.reads.getFresh(type, ref),
      registry.admission,
    ),
  );

  const placement = options.placement?.(placementReads(registry));
  if (placement)
    registry.addSubresource(pods, 'why', whySubresource(placement, registry, access.authorize));

  const customResources = createCustomResources({
    ...options,
    registry,
    compileRules,
    convertFor: webhookConversion({
      reads: registry.reads,
      caller: createWebhookCaller({ clock, dial }),
      newUid,
      random: options.random,
    }),
  });

  let bootstrapped = false;
  let https: HttpsServer | undefined;
  let service: KubernetesService | undefined;
  const background: Promise<void>[] = [];

  const serving: readonly HealthCheck[] = [
    { name: 'ping', check: () => undefined },
    { name: 'etcd', check: () => storage.ping() },
  ];
  const conditions: readonly Condition[] = [
    { name: 'informer-sync', holds: () => access.hasSynced() },
    {
      name: 'poststarthook/crd-informer-synced',
      holds: () => customResources.hasSynced(),
    },
    { name: 'poststarthook/rbac/bootstrap-roles', holds: () => bootstrapped },
    { name: 'shutdown', holds: () => !closing.signal.aborted },
  ];
  const checks = (endpoint: HealthEndpoint) =>
    endpoint === 'livez' ? serving : [...serving, ...conditions.map(asCheck)];

  const aggregator: Aggregator = createAggregator({
    ...options,
    registry,
    dial,
    local: () => final.resources().map(({ type }) => type),
    client: frontProxy?.client,
  });
  const final = createFinalHandler({
    ...options,
    registry,
    stored: customResources.handler,
    access,
    usage,
    checks,
    aggregator,
    computed: [
      componentStatuses({
        now: () => options.clock.now(),
        askStore: () => storage.ping(),
        ...(!options.hasLoops && {
          leaseOf: (name) => registry.reads.get(leases, { namespace: 'kube-system', name }),
        }),
      }),
      ...(placement
        ? [placementPlanning(placement, (user) => transportOf(user), access.authorize)]
        : []),
    ],
  });
  const { requestTimeoutMs = 60_000 } = options;
  const flowControl = createFlowControl({
    ...options,
    registry,
    seats: options.maxRequestsInflight ?? 600,
  });
  const audit = options.audit && createAudit({ ...options.audit, clock });
  const chainOptions = {
    logger,
    newUid,
    authenticate: access.authenticate,
    wrappers: [
      prettyPrint,
      createRequestMetrics({ metrics, clock, isServed: final.isServed }),
      createDeadline(clock, requestTimeoutMs),
    ],
    ...(audit && { onUnauthenticated: audit.unauthenticated }),
    filters: [
      ...(audit ? [audit.filter] : []),
      impersonation(access.authorize),
      createPriorityAndFairness({ flowControl, clock, metrics, waitMs: requestTimeoutMs / 4 }),
      authorization(access.authorize),
    ],
  };
  const handle = createChain(chainOptions, final.handler);
  const transportOf = (user: UserInfo) => inProcessTransport(handle, user, closing.signal);
  const podStreams = nodeStreams
    ? servePodStreams({ registry, streams: nodeStreams, clock, logger })
    : {};
  const proxies = serveProxies({ ...options, registry, dial });
  const upgrade = createUpgrades({
    handlers: { ...podStreams, ...proxies, ...options.upgrades },
    others: aggregator.answererFor,
    handle,
    authorize: access.authorize,
    chainTo: (handler) => createChain(chainOptions, handler),
  });

  /** In this order, so that whoever is let in has the rights that every cluster gives. */
  async function startAccess(): Promise<void> {
    await bootstrap(registry);
    bootstrapped = true;
    await access.start(closing.signal);
  }

  return {
    handle,
    registry,
    usage,
    podsByNode: access.podsByNode,
    authorize: access.authorize,
    inProcessTransport: transportOf,

    async start() {
      background.push(customResources.run(closing.signal));
      background.push(flowControl.run(closing.signal));
      await Promise.all([
        startAccess(),
        publishServiceCidr(registry, serviceCidr, clock),
        aggregator.start(closing.signal),
      ]);
      if (frontProxy) await publishAuthentication(registry, frontProxy);
      logger.info('API server was ready');
    },

    async listen({ bindAddress, port, advertiseAddress, tls }) {
      // Loaded when needed: servers that are only called in this process do without.
      const { createHttpsServer } = await import('./server.ts');
      https = createHttpsServer({ handle, upgrade, tls, clock, logger });
      const bound = await https.listen(bindAddress, port);
      service = createKubernetesService({
        ...options,
        registry,
        clusterIp: formatIp(parseIpRange(serviceCidr).first),
        address: advertiseAddress,
        port: bound,
      });
      await service.publish();
      background.push(service.run(closing.signal));
      logger.info('API server was listening', { address: bindAddress, port: bound });
      return bound;
    },

    setTls: (tls) => https?.setTls(tls),
    ready: () => conditions.every(({ holds }) => holds()),

    async close() {
      closing.abort();
      await service?.withdraw().catch((err: unknown) => {
        logger.info('Failed to withdraw from default/kubernetes', { err });
      });
      await https?.close();
      await Promise.all(background);
      await registry.close();
    },
  };
}

interface Condition {
  readonly name: string;
  readonly holds: () => boolean;
}

const asCheck = ({ name, holds }: Condition): HealthCheck => ({
  name,
  check() {
    if (!holds()) throw new Error('not yet, or no longer');
  },
});
