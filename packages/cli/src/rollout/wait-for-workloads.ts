import type { KubeObject } from '@berth/api';
import { spoken } from '../object-names.ts';
import type { Resource } from '../resources.ts';
import type { Session } from '../session.ts';
import { withTimeLimit } from '../time-limit.ts';
import { explainFailure } from './explain-failure.ts';
import { followProgress, isFollowed } from './follow-progress.ts';

/** Less is no sign that a program has found what it needs, and more would keep everybody waiting. */
const settleMs = 1000;

interface Workload {
  readonly resource: Resource;
  readonly object: KubeObject;
}

/**
 * Waits for all of them at once, for `limitMs` at most, and resolves to the exit code. The first that cannot come up
 * ends the waiting, with its reason.
 */
export async function waitForWorkloads(
  session: Session,
  applied: readonly Workload[],
  limitMs: number,
): Promise<number> {
  const { screen, host } = session;
  const workloads = applied.filter(({ resource }) => isFollowed(resource));
  const results = await withTimeLimit(host.clock, limitMs, (signal) =>
    firstFailure(
      workloads.map(async ({ resource, object }) => {
        const name = spoken(resource, object.metadata.name);
        const place = { name: object.metadata.name, namespace: object.metadata.namespace ?? '' };
        const onProgress = (message: string) => screen.tell(`${name}: ${message}`);
        const options = { onProgress, settleMs };
        const outcome = await followProgress(session, resource, place, options, signal);
        if (outcome.kind === 'done') await screen.say(`${name} is up`);
        return { name, outcome };
      }),
    ),
  );
  const failed = results.find(({ outcome }) => outcome.kind === 'failed');
  if (failed?.outcome.kind !== 'failed') return 0;
  await screen.tell(`error: ${failed.name}: ${failed.outcome.message}`);
  if (failed.outcome.trouble) await explainFailure(session, failed.outcome.trouble);
  return 1;
}

/** All results, or the first failed one alone: there is no use in waiting for the others. */
async function firstFailure<T extends { readonly outcome: { readonly kind: string } }>(
  work: readonly Promise<T>[],
): Promise<readonly T[]> {
  return new Promise((resolve, reject) => {
    for (const one of work) {
      one.then((result) => {
        if (result.outcome.kind === 'failed') resolve([result]);
      }, reject);
    }
    Promise.all(work).then(resolve, reject);
  });
}
