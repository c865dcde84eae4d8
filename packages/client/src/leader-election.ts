import { isAlreadyExists, isConflict, isNotFound, leases } from '@berth/api';
import type { Lease, LeaseSpec } from '@berth/api';
import { formatMicroTime, sleep } from '@berth/component-base';
import type { Clock, Logger } from '@berth/component-base';
import type { Client } from './client.ts';

export interface LeaderElectionOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The Lease that is fought for; usually in kube-system. */
  readonly namespace: string;
  readonly name: string;
  /** Unique to this process. */
  readonly identity: string;
  /** Upstream's defaults: 15 s, 10 s, 2 s. */
  readonly leaseDurationMs?: number;
  readonly renewDeadlineMs?: number;
  readonly retryPeriodMs?: number;
}

/**
 * Waits for the lease, runs `lead` while it is held, and ends when `signal` aborts or the lease is lost; the signal
 * that `lead` gets aborts in both cases. Ages are measured by this process's own clock from when it saw the record
 * change, so clocks may differ between contenders. The lease is given back at the end. As upstream's election this
 * does not fence: what leaders write must be safe by resourceVersion.
 */
export async function runAsLeader(
  options: LeaderElectionOptions,
  lead: (signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const { clock, logger, retryPeriodMs = 2_000, renewDeadlineMs = 10_000 } = options;
  const contender = createContender(options);
  while (!signal.aborted && !(await contender.tryAcquire())) {
    await sleep(clock, retryPeriodMs, signal);
  }
  if (signal.aborted) return;
  logger.info('Became leader', { lease: options.name, identity: options.identity });

  const term = new AbortController();
  const end = () => term.abort();
  const ended = () => term.signal.aborted;
  signal.addEventListener('abort', end, { once: true });
  const work = lead(term.signal).finally(end);
  let renewedAt = clock.monotonic();
  while (!ended()) {
    await sleep(clock, retryPeriodMs, term.signal);
    if (ended()) break;
    if (await contender.tryAcquire()) renewedAt = clock.monotonic();
    else if (clock.monotonic() - renewedAt >= renewDeadlineMs) {
      logger.error('Lost the lease', { lease: options.name, identity: options.identity });
      end();
    }
  }
  try {
    await work;
  } finally {
    signal.removeEventListener('abort', end);
    await contender.release();
  }
}

function createContender(options: LeaderElectionOptions) {
  const { client, clock, logger, namespace, name, identity, leaseDurationMs = 15_000 } = options;
  let seen: { readonly spec: string; readonly at: number } | undefined;

  const held = (lease: Lease): boolean => {
    const spec = JSON.stringify(lease.spec);
    if (seen?.spec !== spec) seen = { spec, at: clock.monotonic() };
    const duration = (lease.spec.leaseDurationSeconds ?? 0) * 1000;
    return Boolean(lease.spec.holderIdentity) && clock.monotonic() - seen.at < duration;
  };
  const specNow = (before?: LeaseSpec): LeaseSpec => {
    const now = formatMicroTime(clock.now());
    const mine = before?.holderIdentity === identity;
    return {
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(leaseDurationMs / 1000),
      acquireTime: (mine ? before.acquireTime : undefined) ?? now,
      renewTime: now,
      leaseTransitions: (before?.leaseTransitions ?? 0) + (before && !mine ? 1 : 0),
    };
  };
  const attempt = async (): Promise<boolean> => {
    const lease = await client.get(leases, { namespace, name }).catch((err: unknown) => {
      if (isNotFound(err)) return undefined;
      throw err;
    });
    if (!lease) {
      await client.create(leases, { metadata: { namespace, name }, spec: specNow() });
      return true;
    }
    if (lease.spec.holderIdentity !== identity && held(lease)) return false;
    await client.update(leases, { ...lease, spec: specNow(lease.spec) });
    return true;
  };

  return {
    async tryAcquire(): Promise<boolean> {
      try {
        return await attempt();
      } catch (err) {
        const lostRace = isConflict(err) || isAlreadyExists(err);
        if (!lostRace) logger.error('Could not renew the lease', { err, lease: name });
        return false;
      }
    },
    async release(): Promise<void> {
      try {
        const lease = await client.get(leases, { namespace, name });
        if (lease.spec.holderIdentity !== identity) return;
        const spec = { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1 };
        await client.update(leases, { ...lease, spec });
      } catch (err) {
        logger.debug('Could not release the lease', { err, lease: name });
      }
    },
  };
}
