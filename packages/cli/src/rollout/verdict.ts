import type { Pod } from '@berth/api';
import { createPatience } from './patience.ts';
import { troubleOf } from './pod-trouble.ts';
import type { Trouble } from './pod-trouble.ts';
import type { Progress } from './progress.ts';

/** How the waiting ended. */
export type Outcome =
  | { readonly kind: 'done'; readonly message: string }
  | { readonly kind: 'failed'; readonly message: string; readonly trouble?: Trouble };

/** Tells from what an object and its pods say whether the waiting is over; undefined: not yet. */
export type Verdict = (
  progress: Progress,
  pods: readonly Pod[],
  now: number,
) => Outcome | undefined;

/**
 * A container without a readiness probe is ready from the moment it runs, however soon it ends. So what such pods say
 * counts once it has held for `settleMs`.
 */
export function createVerdict(settleMs: number): Verdict {
  const patience = createPatience();
  let upSince: number | undefined;
  return (progress, pods, now) => {
    const living = pods.filter(({ metadata }) => !metadata.deletionTimestamp);
    const troubles = living.flatMap((pod) => troubleOf(pod) ?? []);
    if (progress.kind === 'failed') {
      const [trouble] = troubles;
      return { ...progress, ...(trouble && { trouble }) };
    }
    const isBusy = progress.kind === 'busy';
    // The pods are the newer source: the status of what owns them is counted from them.
    const trouble = patience(isBusy ? troubles : troubles.filter(({ mayPass }) => !mayPass), now);
    if (trouble) return { kind: 'failed', message: 'it does not come up', trouble };
    upSince = isBusy ? undefined : (upSince ?? now);
    if (isBusy || upSince === undefined) return undefined;
    return now - upSince >= settleMs || living.every(isVouchedFor) ? progress : undefined;
  };
}

const isVouchedFor = ({ spec, status }: Pod): boolean =>
  status?.phase === 'Succeeded' || spec.containers.every(({ readinessProbe }) => readinessProbe);
