import { backoff, sleep } from '@berth/component-base';
import type { Clock, Logger } from '@berth/component-base';

export interface RetryOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

/** Together with the connection's own pause this stays below the five seconds in which a node is to be back. */
const pause = { initialMs: 100, maxMs: 2000, jitter: 0.5 };

/** Does `work` again and again until `signal` aborts; waits longer each time unless `work` said that it went well. */
export async function retrying(
  { clock, random, logger }: RetryOptions,
  work: (wentWell: () => void) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const aborted = () => signal.aborted;
  for (let failures = 0; !aborted(); failures++) {
    try {
      await work(() => (failures = 0));
    } catch (err) {
      if (aborted()) return;
      logger.debug('Lost the control plane', { err, failures });
    }
    await sleep(clock, backoff(failures, pause, random), signal);
  }
}
