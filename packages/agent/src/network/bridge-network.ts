import { join } from 'node:path';
import { sleep, writeFileAtomic } from '@berth/component-base';
import type { Clock, Logger } from '@berth/component-base';
import type { ControlPlane } from '../control-plane.ts';
import type { NodeNetwork } from '../node-network.ts';
import { cniFileName, planCniConfig } from './cni-config.ts';
import type { RunCommand } from './commands.ts';
import { planHostPorts } from './host-ports.ts';
import { planRouteChanges, planRoutes } from './routes.ts';
import type { Route } from './routes.ts';
import { planRuleset } from './ruleset.ts';
import { planServicePorts } from './service-ports.ts';

export interface BridgeNetworkOptions {
  readonly nodeName: string;
  readonly cniConfDir: string;
  /** Where the address allocator keeps its files. */
  readonly ipamDir: string;
  readonly clusterCidr: string;
  readonly run: RunCommand;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Changes often come in bunches; one pass serves a bunch. */
const settleMs = 20;
const retryMs = 1_000;

/** A bridge for the pods of the node, routes to those of other nodes, and nftables rules for Services. */
export function createBridgeNetwork(options: BridgeNetworkOptions): NodeNetwork {
  return {
    async run(controlPlane, signal) {
      const pass = createPass(options);
      const wakeups = wakeupsOf(controlPlane, signal);
      while (!signal.aborted) {
        const changed = wakeups.next();
        const again = await pass(controlPlane);
        if (again) await sleep(options.clock, retryMs, signal);
        else await changed;
        await sleep(options.clock, settleMs, signal);
      }
    },
  };
}

/** Brings the node to what the levels say; resolves to true when something failed and is to be tried again. */
function createPass({
  nodeName,
  cniConfDir,
  ipamDir,
  clusterCidr,
  run,
  logger,
}: BridgeNetworkOptions) {
  let cni = '';
  let routes: readonly Route[] = [];
  let ruleset = '';

  const setCni = async ({ nodes }: ControlPlane) => {
    const podCidr = nodes.get(nodeName)?.spec.podCIDR;
    if (!podCidr) return;
    const next = planCniConfig({ podCidr, dataDir: ipamDir });
    if (next === cni) return;
    await writeFileAtomic(join(cniConfDir, cniFileName), next, { mode: 0o644 });
    logger.info('Configured the pod network', { podCidr });
    cni = next;
  };
  const setRoutes = async ({ nodes }: ControlPlane) => {
    const wanted = planRoutes(nodes.list(), nodeName);
    const changes = planRouteChanges(wanted, routes);
    for (const { to, via } of changes.set) await run('ip', ['route', 'replace', to, 'via', via]);
    for (const { to } of changes.remove) await run('ip', ['route', 'del', to]);
    routes = wanted;
  };
  const setRules = async ({ services, endpointSlices, pods }: ControlPlane) => {
    if (!services.hasSynced() || !endpointSlices.hasSynced()) return;
    const next = planRuleset({
      servicePorts: planServicePorts(services.list(), endpointSlices.list(), nodeName),
      hostPorts: planHostPorts(pods.list()),
      clusterCidr,
    });
    if (next === ruleset) return;
    await run('nft', ['-f', '-'], next);
    ruleset = next;
  };

  return async (controlPlane: ControlPlane): Promise<boolean> => {
    const results = await Promise.allSettled([
      setCni(controlPlane),
      setRoutes(controlPlane),
      setRules(controlPlane),
    ]);
    const failures = results.filter((result) => result.status === 'rejected');
    for (const { reason } of failures) {
      logger.error('Could not set up the node network', { err: reason as unknown });
    }
    return failures.length > 0;
  };
}

/** `next` resolves with the first change after it was called, or when `signal` aborts. */
function wakeupsOf(controlPlane: ControlPlane, signal: AbortSignal) {
  const { nodes, services, endpointSlices, pods } = controlPlane;
  const waiting: (() => void)[] = [];
  const wake = () => {
    for (const resolve of waiting.splice(0)) resolve();
  };
  for (const level of [nodes, services, endpointSlices, pods]) level.onChange(wake);
  signal.addEventListener('abort', wake, { once: true });
  return {
    next: () =>
      new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        else waiting.push(resolve);
      }),
  };
}
