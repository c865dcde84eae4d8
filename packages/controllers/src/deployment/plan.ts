import type { Deployment, DeploymentStatus, Draft, ReplicaSet } from '@berth/api';
import { deployments } from '@berth/api';
import { controllerReference } from '../owned.ts';
import { same } from '../same.ts';
import { bounds, haveActed, isRollingUpdate, present, replicasOf } from './replica-counts.ts';
import {
  annotationsForNewSet,
  byAge,
  desiredReplicasAnnotation,
  findNewReplicaSet,
  hashLabel,
  maxReplicasAnnotation,
  newestRevision,
  revisionOf,
} from './revisions.ts';
import { planRecreate, planRolling } from './rolling.ts';
import { isScalingEvent, planScale } from './scale.ts';
import type { Counts } from './scale.ts';
import { isComplete, planStatus } from './status.ts';
import { templateHash } from './template-hash.ts';

export interface Observed {
  readonly deployment: Deployment;
  /** Sets that the deployment owns. */
  readonly sets: readonly ReplicaSet[];
  /** Pods of old sets that still run or stop. */
  readonly oldPodsLeft: (newSet: ReplicaSet | undefined) => number;
  readonly now: number;
}

export type Action =
  | { readonly kind: 'createSet'; readonly draft: Draft<ReplicaSet> }
  | { readonly kind: 'updateSet'; readonly set: ReplicaSet; readonly from: number }
  | { readonly kind: 'removeSet'; readonly set: ReplicaSet };

export interface DeploymentPlan {
  readonly actions: readonly Action[];
  /** The revision that the deployment's own annotation should name; undefined when there is no new set yet. */
  readonly revision: number | undefined;
  readonly status: DeploymentStatus;
}

/** One step towards what the deployment's spec says. Run again after every change until there is nothing to do. */
export function planDeployment(observed: Observed): DeploymentPlan {
  const { deployment, sets, now } = observed;
  const found = findNewReplicaSet(deployment, sets);
  const oldSets = sets.filter((set) => set !== found);
  const revision = newestRevision(oldSets) + 1;
  const newSet = found && upToDate(deployment, found, revision);
  const creates =
    !found && !deployment.metadata.deletionTimestamp && wantsNewSet(observed, oldSets, newSet);
  const draft = creates ? draftSet(deployment, oldSets, revision) : undefined;
  const status = planStatus({
    deployment,
    newSet,
    sets,
    now,
    newSetEvent: newSetEventOf(deployment, found, revision, draft),
  });
  return {
    actions: [
      ...(draft ? [{ kind: 'createSet' as const, draft }] : []),
      ...setActions(observed, newSet, oldSets, found),
      ...(isComplete(deployment, status) ? cleanup(deployment, oldSets) : []),
    ],
    revision: newSet ? revisionOf(newSet) : draft ? revision : undefined,
    status,
  };
}

function newSetEventOf(
  deployment: Deployment,
  found: ReplicaSet | undefined,
  revision: number,
  draft: Draft<ReplicaSet> | undefined,
): 'created' | 'found' | undefined {
  if (draft) return 'created';
  const isRollback = found !== undefined && revisionOf(found) < revision;
  const isUnknown = !deployment.status?.conditions?.some(({ type }) => type === 'Progressing');
  return found && (isRollback || isUnknown) ? 'found' : undefined;
}

function wantsNewSet(
  { deployment, oldPodsLeft }: Observed,
  oldSets: readonly ReplicaSet[],
  newSet: ReplicaSet | undefined,
): boolean {
  if (deployment.spec.paused) return false;
  if (isRollingUpdate(deployment)) return true;
  return planRecreate(deployment, newSet, oldSets, oldPodsLeft(newSet)) === 'create new set';
}

/** The new set with the annotations and the minReadySeconds that the deployment wants it to have now. */
function upToDate(deployment: Deployment, set: ReplicaSet, revision: number): ReplicaSet {
  const annotations = annotationsForNewSet(deployment, set, revision);
  const { minReadySeconds } = deployment.spec;
  return {
    ...set,
    metadata: { ...set.metadata, annotations },
    spec: { ...set.spec, ...(minReadySeconds !== undefined && { minReadySeconds }) },
  };
}

function setActions(
  observed: Observed,
  newSet: ReplicaSet | undefined,
  oldSets: readonly ReplicaSet[],
  found: ReplicaSet | undefined,
): readonly Action[] {
  const counts = planCounts(observed, newSet, oldSets);
  return [...oldSets, ...(newSet ? [newSet] : [])].flatMap((set): readonly Action[] => {
    const before = set === newSet ? found! : set;
    const wanted = counts.get(set.metadata.name) ?? replicasOf(set);
    const next = withCount(observed.deployment, set, wanted);
    return same(next, before) ? [] : [{ kind: 'updateSet', set: next, from: replicasOf(before) }];
  });
}

function planCounts(
  { deployment, sets, oldPodsLeft }: Observed,
  newSet: ReplicaSet | undefined,
  oldSets: readonly ReplicaSet[],
): Counts {
  if (deployment.metadata.deletionTimestamp) return new Map();
  if (deployment.spec.paused || isScalingEvent(deployment, sets)) {
    return planScale(deployment, newSet, oldSets);
  }
  if (isRollingUpdate(deployment)) {
    return newSet ? planRolling(deployment, newSet, oldSets) : new Map();
  }
  const counts = planRecreate(deployment, newSet, oldSets, oldPodsLeft(newSet));
  return counts === 'create new set' ? new Map() : counts;
}

/** Active sets remember the desired count and the ceiling they were given, for proportional scaling later. */
function withCount(deployment: Deployment, set: ReplicaSet, replicas: number): ReplicaSet {
  const annotations =
    replicas === 0 && replicasOf(set) === 0
      ? set.metadata.annotations
      : { ...set.metadata.annotations, ...ceilings(deployment) };
  return {
    ...set,
    metadata: { ...set.metadata, ...(annotations && { annotations }) },
    spec: { ...set.spec, replicas },
  };
}

const ceilings = (deployment: Deployment) => ({
  [desiredReplicasAnnotation]: String(replicasOf(deployment)),
  [maxReplicasAnnotation]: String(replicasOf(deployment) + bounds(deployment).maxSurge),
});

function draftSet(
  deployment: Deployment,
  oldSets: readonly ReplicaSet[],
  revision: number,
): Draft<ReplicaSet> {
  const { name, namespace } = deployment.metadata;
  const { template, selector, minReadySeconds } = deployment.spec;
  const hash = templateHash(template, deployment.status?.collisionCount ?? 0);
  const labels = { ...template.metadata?.labels, [hashLabel]: hash };
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${name}-${hash}`,
      namespace: namespace!,
      labels,
      annotations: {
        ...annotationsForNewSet(deployment, undefined, revision),
        ...ceilings(deployment),
      },
      ownerReferences: [controllerReference(deployments, deployment)],
    },
    spec: {
      replicas: firstCount(deployment, oldSets),
      ...(minReadySeconds !== undefined && { minReadySeconds }),
      selector: { ...selector, matchLabels: { ...selector.matchLabels, [hashLabel]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
}

/** A new set starts with as many replicas as surge leaves room for. */
function firstCount(deployment: Deployment, oldSets: readonly ReplicaSet[]): number {
  const desired = replicasOf(deployment);
  if (!isRollingUpdate(deployment)) return desired;
  if (!haveActed(oldSets)) return 0;
  const room = desired + bounds(deployment).maxSurge - present(oldSets);
  return Math.max(0, Math.min(desired, room));
}

/** Old sets beyond the history limit, oldest first; only those that are empty and done. */
function cleanup(deployment: Deployment, oldSets: readonly ReplicaSet[]): readonly Action[] {
  const limit = deployment.spec.revisionHistoryLimit ?? 10;
  const candidates = oldSets.filter(({ metadata }) => !metadata.deletionTimestamp);
  const surplus = candidates.length - limit;
  if (surplus <= 0) return [];
  return [...candidates]
    .sort((a, b) => revisionOf(a) - revisionOf(b) || byAge(a, b))
    .slice(0, surplus)
    .filter(
      (set) =>
        replicasOf(set) === 0 &&
        (set.status?.replicas ?? 0) === 0 &&
        set.status?.observedGeneration === set.metadata.generation,
    )
    .map((set) => ({ kind: 'removeSet', set }));
}
