import { deployments, isControlledBy, pods, replicaSets } from '@berth/api';
import type { Deployment } from '@berth/api';
import { createInformerFactory } from '@berth/client';
import { silentLogger, sleep } from '@berth/component-base';
import { declareSwitch } from '../command-line.ts';
import type { Cluster } from '../connection.ts';
import { durationFlag } from '../duration-flag.ts';
import { lastLines } from '../rollout/last-lines.ts';
import { rolloutProgress } from '../rollout/progress.ts';
import { revisionOf } from '../rollout/revisions.ts';
import { findStuck } from '../rollout/stuck.ts';
import type { Stuck } from '../rollout/stuck.ts';
import { findDeployments, selectionOf } from '../rollout/workload.ts';
import type { RolloutFlags } from '../rollout/workload.ts';
import type { Session } from '../session.ts';
import type { Verb } from '../verb.ts';

interface StatusFlags extends RolloutFlags {
  readonly timeout?: string;
  readonly watch?: boolean;
  readonly revision?: string;
}

export const rolloutStatus: Verb<StatusFlags> = {
  declare(command) {
    command
      .usage('(TYPE NAME | TYPE/NAME)')
      .description(
        'Wait until a rollout is done; ends early, with the cause, when its pods cannot start.',
      )
      .option('-l, --selector <labels>', 'every deployment with these labels')
      .option('--revision <n>', 'fail when another revision is rolled out')
      .option('--timeout <duration>', 'give up after this long; 0 is never');
    declareSwitch(command, '-w, --watch', 'wait until it is done', true);
  },

  async run(session, { args, flags }) {
    const { clock } = session.host;
    const timeout = durationFlag('--timeout', flags.timeout, 0);
    const deadline = timeout > 0 ? clock.monotonic() + timeout : Infinity;
    const found = await findDeployments(session.cluster(), args, flags, 'status viewer');
    const revision = Number(flags.revision ?? 0);
    for (const deployment of found) {
      if (flags.watch === false) {
        const { state, text } = rolloutProgress(deployment, revision);
        if (state === 'failed') throw new Error(text);
        await session.screen.say(text);
      } else await waitForRollout(session, deployment, { deadline, revision });
    }
  },
};

interface Patience {
  /** On the monotonic clock. */
  readonly deadline: number;
  readonly revision: number;
}

/** Prints each new state. Throws when the rollout fails, is stuck, or takes too long. */
async function waitForRollout(
  session: Session,
  deployment: Deployment,
  { deadline, revision }: Patience,
): Promise<void> {
  const { screen, host } = session;
  const cluster = session.cluster();
  const observed = observe(session, deployment);
  let said = '';
  try {
    for (;;) {
      const seen = await observed.next(deadline);
      if (!seen) throw new Error('timed out waiting for the condition');
      const { state, text } = rolloutProgress(seen.deployment, revision);
      const stuck = state === 'done' ? undefined : findStuck(seen.pods, host.clock.now());
      if (text !== said && state !== 'failed') await screen.say(text);
      said = text;
      if (state === 'done') return;
      if (stuck) throw new Error(await explain(cluster, seen.deployment, stuck));
      if (state === 'failed') throw new Error(text);
    }
  } finally {
    observed.close();
  }
}

/** A change wakes at once; this often it is looked at what only time makes a failure. */
const lookAgainMs = 1000;

/** Follows a deployment and the pods of its newest revision. */
function observe({ cluster, host: { clock } }: Session, { metadata, spec }: Deployment) {
  const namespace = metadata.namespace ?? 'default';
  const factory = createInformerFactory({
    client: cluster().client,
    clock,
    random: Math.random,
    logger: silentLogger,
  });
  const selection = selectionOf({ metadata, spec });
  const own = factory.informer(deployments, {
    namespace,
    fieldSelector: `metadata.name=${metadata.name}`,
  });
  const sets = factory.informer(replicaSets, selection);
  const members = factory.informer(pods, selection);
  const end = new AbortController();
  let wake = new AbortController();
  const changed = () => wake.abort();
  for (const informer of [own, sets, members]) {
    informer.addHandler({ added: changed, updated: changed, deleted: changed });
  }
  const running = factory.run(end.signal);
  void running.catch(() => undefined);
  let isFirst = true;
  return {
    /** The next state to judge; nothing when the deadline comes first. */
    async next(deadline: number) {
      const left = deadline - clock.monotonic();
      if (left <= 0) return undefined;
      if (isFirst) await factory.synced(untilDeadline(left));
      else await sleep(clock, Math.min(left, lookAgainMs), wake.signal);
      wake = new AbortController();
      if (!isFirst && clock.monotonic() >= deadline) return undefined;
      isFirst = false;
      const deployment = own.lister.list()[0];
      if (!deployment && own.hasSynced()) throw new Error('object has been deleted');
      if (!deployment) return undefined;
      const newest = sets.lister
        .list()
        .find(
          (set) => isControlledBy(set, deployment) && revisionOf(set) === revisionOf(deployment),
        );
      const ofNewest = members.lister.list().filter((pod) => newest && isControlledBy(pod, newest));
      return { deployment, pods: isObserved(deployment) ? ofNewest : [] };
    },
    close: () => end.abort(),
  };

  function untilDeadline(left: number): AbortSignal {
    const controller = new AbortController();
    if (left !== Infinity) clock.after(left, () => controller.abort());
    return controller.signal;
  }
}

/** Before that, the newest revision that can be seen is not the one that was asked for. */
const isObserved = ({ metadata, status }: Deployment) =>
  (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);

async function explain(
  cluster: Cluster,
  { metadata }: Deployment,
  { pod, reason, message, crashed }: Stuck,
): Promise<string> {
  const cause = `deployment "${metadata.name}" cannot finish: pod ${pod}: ${reason}: ${message}`;
  if (crashed === undefined) return cause;
  const namespace = metadata.namespace ?? 'default';
  const lines = await lastLines(cluster, { namespace, pod, container: crashed });
  if (lines.length === 0) return cause;
  return [cause, `Last lines of container ${crashed}:`, ...lines.map((line) => `  ${line}`)].join(
    '\n',
  );
}
