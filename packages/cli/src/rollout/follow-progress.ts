import {
  deployments,
  formatSelector,
  isControlledBy,
  pods as podType,
  replicaSets as replicaSetType,
  toSelector,
} from '@berth/api';
import type { KubeObject, LabelSelector, Pod } from '@berth/api';
import { followList, followObject } from '../follow.ts';
import { observe } from '../observe.ts';
import type { Resource } from '../resources.ts';
import type { Session } from '../session.ts';
import {
  deploymentProgress,
  newestPods,
  podProgress,
  replicaSetProgress,
  revisionOf,
} from './progress.ts';
import type { Progress } from './progress.ts';
import { createVerdict } from './verdict.ts';
import type { Outcome } from './verdict.ts';

export interface Place {
  readonly namespace: string;
  readonly name: string;
}

export interface FollowOptions {
  /** Hears every message about the way, none twice in a row. */
  readonly onProgress: (message: string) => Promise<void>;
  /** Only this revision counts; another one taking its place is a failure. */
  readonly revision?: number;
  /** How long it has to stay up where no readiness probe vouches for it; without: not at all, as kubectl has it. */
  readonly settleMs?: number;
}

/** Kinds whose way to their spec can be followed. */
export const isFollowed = ({ group, resource }: Pick<Resource, 'group' | 'resource'>): boolean =>
  ['apps/deployments', 'apps/replicasets', '/pods'].includes(`${group}/${resource}`);

/** Follows a workload until it is what its spec says, or will not become that. Throws when `signal` aborts. */
export function followProgress(
  session: Session,
  resource: Pick<Resource, 'resource'>,
  place: Place,
  options: FollowOptions,
  signal: AbortSignal,
): Promise<Outcome> {
  switch (resource.resource) {
    case 'deployments':
      return followDeployment(session, place, options, signal);
    case 'replicasets':
      return followReplicaSet(session, place, options, signal);
    default:
      return followPod(session, place, options, signal);
  }
}

async function followDeployment(
  session: Session,
  place: Place,
  options: FollowOptions,
  signal: AbortSignal,
): Promise<Outcome> {
  const { client } = session.cluster();
  const selected = selectedBy(place.namespace, await client.get(deployments, place, signal));
  const judge = createJudge(session, options);
  return observe(
    [
      followObject(client, deployments, place, signal),
      followList(client, replicaSetType, selected, signal),
      followList(client, podType, selected, signal),
    ] as const,
    (deployment, replicaSets, pods) => {
      if (!deployment) return gone('deployment', place);
      const { revision } = options;
      if (revision !== undefined && revisionOf(deployment) !== revision) {
        const message = `desired revision (${revision}) is different from the running revision (${revisionOf(deployment)})`;
        return { kind: 'failed', message };
      }
      return judge(deploymentProgress(deployment), newestPods(deployment, replicaSets, pods));
    },
    { clock: session.host.clock, tickMs, signal },
  );
}

async function followReplicaSet(
  session: Session,
  place: Place,
  options: FollowOptions,
  signal: AbortSignal,
): Promise<Outcome> {
  const { client } = session.cluster();
  const selected = selectedBy(place.namespace, await client.get(replicaSetType, place, signal));
  const judge = createJudge(session, options);
  return observe(
    [
      followObject(client, replicaSetType, place, signal),
      followList(client, podType, selected, signal),
    ] as const,
    (replicaSet, pods) =>
      replicaSet
        ? judge(
            replicaSetProgress(replicaSet),
            pods.filter((pod) => isControlledBy(pod, replicaSet)),
          )
        : gone('replicaset', place),
    { clock: session.host.clock, tickMs, signal },
  );
}

function followPod(
  session: Session,
  place: Place,
  options: FollowOptions,
  signal: AbortSignal,
): Promise<Outcome> {
  const judge = createJudge(session, options);
  return observe(
    [followObject(session.cluster().client, podType, place, signal)] as const,
    (pod) => (pod ? judge(podProgress(pod), [pod]) : gone('pod', place)),
    { clock: session.host.clock, tickMs, signal },
  );
}

/** Often enough to notice that patience has run out. */
const tickMs = 1000;

const gone = (kind: string, { name }: Place): Outcome => ({
  kind: 'failed',
  message: `${kind} "${name}" was deleted`,
});

function createJudge({ host }: Session, { onProgress, settleMs = 0 }: FollowOptions) {
  const verdict = createVerdict(settleMs);
  let told = '';
  return async (progress: Progress, pods: readonly Pod[]): Promise<Outcome | undefined> => {
    if (progress.kind === 'busy' && progress.message !== told) {
      await onProgress(progress.message);
      told = progress.message;
    }
    return verdict(progress, pods, host.clock.now());
  };
}

interface Selecting extends KubeObject {
  readonly spec: { readonly selector: LabelSelector };
}

function selectedBy(namespace: string, { spec }: Selecting) {
  const selector = toSelector(spec.selector);
  return { namespace, ...(selector && { labelSelector: formatSelector(selector) }) };
}
