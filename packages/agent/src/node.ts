import type { NodeStatus } from '@berth/api';
import { backoff, sleep } from '@berth/component-base';
import type { Clock, Logger } from '@berth/component-base';
import type { Cri, Image, RuntimeVersion } from '@berth/cri';

import type { ControlPlane } from './control-plane.ts';
import { nodeDraft, nodeStatus, saysTheSame } from './node-status.ts';
import type { NodeIdentity } from './node-status.ts';
import type { RuntimeHealth } from './runtime-health.ts';

/** Tells the control plane that this node is here and how it is. */
export interface NodeReporter {
  run(signal: AbortSignal): Promise<void>;
  /** Something changed: report now. */
  wake(): void;
}

export interface NodeReporterOptions {
  readonly controlPlane: Pick<ControlPlane, 'register' | 'reportHealth' | 'nodes'>;
  readonly cri: Cri;
  readonly runtimeVersion: RuntimeVersion;
  readonly identity: NodeIdentity;
  readonly health: RuntimeHealth;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  /** Between two signs of life; upstream's --node-status-update-frequency. */
  readonly heartbeatMs: number;
}

/** A lease lives this long, and is renewed with every heartbeat. */
const leaseSeconds = 40;
/** An unchanged status is sent as seldom as this. */
const fullReportMs = 300_000;
const imagesMs = 60_000;
const retry = { initialMs: 200, maxMs: 7000, jitter: 0.2 };

export function createNodeReporter(options: NodeReporterOptions): NodeReporter {
  const {
    controlPlane,
    cri,
    runtimeVersion,
    identity,
    health,
    clock,
    random,
    logger,
    heartbeatMs,
  } = options;
  let reported: { readonly status: NodeStatus; readonly at: number } | undefined;
  let images: { readonly list: readonly Image[]; readonly at: number } = {
    list: [],
    at: -Infinity,
  };
  let isRegistered = false;
  let failures = 0;
  let nudge = new AbortController();

  const currentImages = async () => {
    if (clock.now() - images.at < imagesMs) return images.list;
    const list = await cri.images.listImages().catch(() => images.list);
    images = { list, at: clock.now() };
    return list;
  };

  const currentStatus = async (): Promise<NodeStatus> =>
    nodeStatus({
      identity,
      runtime: runtimeVersion,
      images: await currentImages(),
      health: { problems: health.problems() },
      previous: reported?.status,
      now: clock.now(),
    });

  const register = async (): Promise<void> => {
    const status = await currentStatus();
    const node = await controlPlane.register(nodeDraft(identity, status));
    reported = node.status && { status: node.status, at: -Infinity };
    isRegistered = true;
    logger.info('Registered node', { node: identity.nodeName });
  };

  /** Whoever missed our signs of life has written that the node is unknown: the truth is to be told again. */
  const isContradicted = (): boolean => {
    const known = controlPlane.nodes.get(identity.nodeName)?.status?.conditions ?? [];
    return (reported?.status.conditions ?? []).some(({ type, status }) =>
      known.some((condition) => condition.type === type && condition.status !== status),
    );
  };

  const report = async (): Promise<void> => {
    if (!isRegistered) await register();
    const status = await currentStatus();
    const now = clock.now();
    const isNews =
      !reported ||
      now - reported.at >= fullReportMs ||
      !saysTheSame(status, reported.status) ||
      isContradicted();
    isRegistered = await controlPlane.reportHealth(isNews ? status : undefined, leaseSeconds);
    if (isNews && isRegistered) reported = { status, at: now };
  };

  return {
    wake: () => nudge.abort(),
    async run(signal) {
      const unsubscribe = controlPlane.nodes.onChange((key) => {
        if (key === identity.nodeName && isContradicted()) nudge.abort();
      });
      signal.addEventListener('abort', unsubscribe, { once: true });
      while (!signal.aborted) {
        nudge = new AbortController();
        let wait = heartbeatMs;
        try {
          await report();
          failures = 0;
          // A node that is gone from the API comes back at once.
          if (!isRegistered) wait = retry.initialMs;
        } catch (err) {
          logger.debug('Failed to report the node', { err });
          wait = backoff(failures++, retry, random);
        }
        await sleep(clock, wait, AbortSignal.any([signal, nudge.signal]));
      }
    },
  };
}
