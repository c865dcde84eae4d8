import type { Deployment } from '@berth/api';
import { findCondition } from '@berth/api';
import { revisionOf } from './revisions.ts';

/** How far a rollout is. A rollout that failed does not go on by itself. */
export interface Progress {
  readonly state: 'waiting' | 'done' | 'failed';
  /** In kubectl's words. */
  readonly text: string;
}

/** Judges a deployment by its status alone. With `revision`, another revision's rollout is a failure. */
export function rolloutProgress(deployment: Deployment, revision = 0): Progress {
  const { metadata, status = {} } = deployment;
  if (revision > 0 && revision !== revisionOf(deployment)) {
    const running = revisionOf(deployment);
    return failed(
      `desired revision (${revision}) is different from the running revision (${running})`,
    );
  }
  if ((metadata.generation ?? 0) > (status.observedGeneration ?? 0)) {
    return { state: 'waiting', text: 'Waiting for deployment spec update to be observed...' };
  }
  const progressing = findCondition(status.conditions, 'Progressing');
  if (progressing?.reason === 'ProgressDeadlineExceeded') {
    return failed(`deployment "${metadata.name}" exceeded its progress deadline`);
  }
  const missing = missingPart(deployment);
  return missing === undefined
    ? { state: 'done', text: `deployment "${metadata.name}" successfully rolled out` }
    : {
        state: 'waiting',
        text: `Waiting for deployment "${metadata.name}" rollout to finish: ${missing}...`,
      };
}

function missingPart({ spec, status = {} }: Deployment): string | undefined {
  const { replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = status;
  const wanted = spec?.replicas ?? 1;
  if (updatedReplicas < wanted) {
    return `${updatedReplicas} out of ${wanted} new replicas have been updated`;
  }
  if (replicas > updatedReplicas) {
    return `${replicas - updatedReplicas} old replicas are pending termination`;
  }
  return availableReplicas < updatedReplicas
    ? `${availableReplicas} of ${updatedReplicas} updated replicas are available`
    : undefined;
}

const failed = (text: string): Progress => ({ state: 'failed', text });
