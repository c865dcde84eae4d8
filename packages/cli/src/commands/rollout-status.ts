import { deploymentProgress, podProgress, replicaSetProgress } from '../rollout/progress.ts';
import { explainFailure } from '../rollout/explain-failure.ts';
import { followProgress, isFollowed } from '../rollout/follow-progress.ts';
import { declareSwitch } from '../command-line.ts';
import { readDuration, withTimeLimit } from '../time-limit.ts';
import { UsageError } from '../usage-error.ts';
import type { Verb } from '../verb.ts';
import { rolloutTargets } from './rollout-target.ts';

interface StatusFlags {
  readonly watch: boolean;
  readonly timeout: string;
  readonly revision: string;
}

export const rolloutStatus: Verb<StatusFlags> = {
  declare(command) {
    command
      .usage('(TYPE NAME | TYPE/NAME)')
      .description(
        'Follow a rollout to its end; one that cannot succeed ends at once, with the cause.',
      )
      .option('--timeout <duration>', 'how long to wait; 0s: as long as it takes', '0s')
      .option('--revision <n>', 'only this revision counts', '0');
    declareSwitch(command, '-w, --watch', 'until it is done', true);
  },

  async run(session, { args, flags }) {
    const { screen, host } = session;
    const cluster = session.cluster();
    const limit = readDuration('--timeout', flags.timeout);
    const revision = Number(flags.revision);
    for (const { resource, name, namespace } of await rolloutTargets(cluster, args)) {
      if (!isFollowed(resource)) {
        throw new UsageError(`no status viewer has been implemented for ${resource.resource}`);
      }
      const place = { name, namespace };
      if (!flags.watch) {
        const object = await cluster.client.get(resource, place);
        await screen.say(progressOf(resource.resource)(object as never).message);
        continue;
      }
      const options = {
        onProgress: (message: string) => screen.say(message),
        ...(revision > 0 && { revision }),
      };
      const outcome = await withTimeLimit(host.clock, limit, (signal) =>
        followProgress(session, resource, place, options, signal),
      );
      if (outcome.kind === 'failed') {
        await screen.tell(`error: ${resource.singular} "${name}": ${outcome.message}`);
        if (outcome.trouble) await explainFailure(session, outcome.trouble);
        return 1;
      }
      await screen.say(outcome.message);
    }
    return 0;
  },
};

function progressOf(resource: string) {
  if (resource === 'deployments') return deploymentProgress;
  return resource === 'replicasets' ? replicaSetProgress : podProgress;
}
