import { formatSelector, replicaSets as replicaSetType, toSelector } from '@berth/api';
import type { Deployment, ReplicaSet } from '@berth/api';
import type { Cluster } from '../connection.ts';
import { describeTemplate } from '../describe/pod-template.ts';
import { alignText, textSpacing } from '../printers/align.ts';
import { ownReplicaSets, revisionOf } from '../rollout/progress.ts';
import { UsageError } from '../usage-error.ts';
import type { Verb } from '../verb.ts';
import { rolloutDeployments } from './rollout-target.ts';

interface HistoryFlags {
  readonly revision: string;
}

const changeCause = 'kubernetes.io/change-cause';

export const rolloutHistory: Verb<HistoryFlags> = {
  declare(command) {
    command
      .usage('(TYPE NAME | TYPE/NAME)')
      .description('Show the revisions of a Deployment, or one of them whole.')
      .option('--revision <n>', 'show the pod template of this revision', '0');
  },

  async run(session, { args, flags }) {
    const { screen } = session;
    const cluster = session.cluster();
    const wanted = Number(flags.revision);
    for (const deployment of await rolloutDeployments(cluster, args, 'history')) {
      const revisions = await revisionsOf(cluster, deployment);
      const { name } = deployment.metadata;
      if (wanted === 0) {
        await screen.say(`deployment.apps/${name} `);
        const rows = revisions.map(
          (revision) =>
            `${revisionOf(revision)}\t${revision.metadata.annotations?.[changeCause] ?? '<none>'}`,
        );
        await screen.say(
          alignText(['REVISION\tCHANGE-CAUSE', ...rows, ''].join('\n'), textSpacing),
        );
        continue;
      }
      const found = findRevision(revisions, wanted);
      await screen.say(`deployment.apps/${name} with revision #${wanted}`);
      const lines = ['Pod Template:', ...describeTemplate(found.spec.template ?? {})];
      await screen.say(alignText(lines.join('\n'), textSpacing));
    }
  },
};

/** The ReplicaSets that hold a Deployment's revisions, the oldest first. */
export async function revisionsOf(
  { client }: Cluster,
  deployment: Deployment,
): Promise<readonly ReplicaSet[]> {
  const selector = toSelector(deployment.spec.selector);
  const { items } = await client.list(replicaSetType, {
    namespace: deployment.metadata.namespace ?? '',
    ...(selector && { labelSelector: formatSelector(selector) }),
  });
  return ownReplicaSets(deployment, items).filter((replicaSet) => revisionOf(replicaSet) > 0);
}

export function findRevision(revisions: readonly ReplicaSet[], wanted: number): ReplicaSet {
  const found = revisions.find((revision) => revisionOf(revision) === wanted);
  if (!found) throw new UsageError(`unable to find the specified revision`);
  return found;
}
