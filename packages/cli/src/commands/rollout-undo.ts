import { deployments, isDeepEqual } from '@berth/api';
import type { Deployment, PodTemplateSpec, ReplicaSet } from '@berth/api';
import { fieldManager } from '../connection.ts';
import { declareDryRun, dryRunNote, readDryRun } from '../dry-run.ts';
import { revisionAnnotation, revisionOf } from '../rollout/progress.ts';
import { UsageError } from '../usage-error.ts';
import type { Verb } from '../verb.ts';
import { findRevision, revisionsOf } from './rollout-history.ts';
import { rolloutDeployments } from './rollout-target.ts';

interface UndoFlags {
  readonly toRevision: string;
  readonly dryRun?: string;
}

const hashLabel = 'pod-template-hash';

export const rolloutUndo: Verb<UndoFlags> = {
  declare(command) {
    command
      .usage('(TYPE NAME | TYPE/NAME)')
      .description('Go back to an earlier revision of a Deployment.')
      .option('--to-revision <n>', 'this one; 0: the one before', '0');
    declareDryRun(command);
  },

  async run(session, { args, flags }) {
    const { screen } = session;
    const cluster = session.cluster();
    const dryRun = readDryRun(flags.dryRun);
    for (const deployment of await rolloutDeployments(cluster, args, 'undo')) {
      const { name, namespace = '' } = deployment.metadata;
      const target = chooseRevision(
        deployment,
        await revisionsOf(cluster, deployment),
        Number(flags.toRevision),
      );
      const template = templateOf(target);
      if (isDeepEqual(template, deployment.spec.template)) {
        const revision = revisionOf(target);
        await screen.say(
          `deployment.apps/${name} skipped rollback (current template already matches revision ${revision})`,
        );
        continue;
      }
      if (dryRun !== 'client') {
        const patch = [{ op: 'replace', path: '/spec/template', value: template }];
        const options = { fieldManager, dryRun: dryRun === 'server' };
        await cluster.client.patch(deployments, { name, namespace }, 'json', patch, options);
      }
      await screen.say(`deployment.apps/${name} rolled back${dryRunNote(dryRun)}`);
    }
  },
};

function chooseRevision(
  { metadata, spec }: Deployment,
  revisions: readonly ReplicaSet[],
  wanted: number,
): ReplicaSet {
  if (spec.paused) {
    throw new UsageError(
      `you cannot rollback a paused deployment; resume it first with 'berth rollout resume deployment/${metadata.name}' and try again`,
    );
  }
  if (wanted > 0) return findRevision(revisions, wanted);
  const current = Number(metadata.annotations?.[revisionAnnotation] ?? 0);
  const before = revisions.filter((revision) => revisionOf(revision) !== current).at(-1);
  if (!before) throw new UsageError(`no rollout history found for deployment "${metadata.name}"`);
  return before;
}

/** The hash belongs to the ReplicaSet, not to what the person wrote. */
function templateOf({ spec }: ReplicaSet): PodTemplateSpec {
  const { metadata, ...template } = spec.template ?? {};
  const { [hashLabel]: _, ...labels } = metadata?.labels ?? {};
  return { ...template, metadata: { ...metadata, labels } };
}
