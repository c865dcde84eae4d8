import { daemonSets, isDeepEqual, keyOf, nodes, pods, toSelector } from '@berth/api';
import type { DaemonSet, DaemonSetStatus, Node } from '@berth/api';
import { createWorkqueue } from '@berth/client';
import { backoff } from '@berth/component-base';
import { createController } from '../controller.ts';
import type { Controller, ControllerContext } from '../controller.ts';
import { unlessNotFound } from '../failures.ts';
import { createFreshest } from '../freshest.ts';
import { createRevisionKeeper } from '../history/keep-revisions.ts';
import type { History } from '../history/keep-revisions.ts';
import { revisionHash, revisionHashLabel } from '../history/plan.ts';
import { byController, controllerIndex, selectedBy } from '../owned.ts';
import { createOwnedPods } from '../owned-pods.ts';
import { same } from '../same.ts';
import { draftDaemonPod } from './draft-pod.ts';
import { planDaemonSet } from './plan.ts';
import type { DaemonPlan } from './plan.ts';

/** How long a node is left alone after pods of a set failed there, again and again. */
const failurePause = { initialMs: 1000, maxMs: 15 * 60_000 };

interface Failures {
  readonly count: number;
  readonly until: number;
}

/** Keeps one pod of each DaemonSet on every node that should have one. */
export function createDaemonSetController(context: ControllerContext): Controller {
  const { client, informers, clock, random, logger } = context;
  const recorder = context.recorder('daemonset-controller');
  const queue = createWorkqueue<string>({ clock, random });
  const informer = informers.informer(daemonSets);
  const nodeInformer = informers.informer(nodes);
  const podInformer = informers.informer(pods);
  podInformer.addIndex(byController, controllerIndex);
  const freshest = createFreshest<DaemonSet>();
  const history = createRevisionKeeper(client, informers, daemonSets);
  const failures = new Map<string, Map<string, Failures>>();
  const owned = createOwnedPods<DaemonSet>({
    context,
    type: daemonSets,
    informer,
    queue,
    recorder,
    fits: (set, pod) => selectedBy(toSelector(set.spec.selector))(pod),
  });
  informer.addHandler({
    added: (set) => queue.add(keyOf(set)),
    updated: (_, set) => queue.add(keyOf(set)),
    deleted(set) {
      freshest.forget(keyOf(set));
      failures.delete(keyOf(set));
    },
  });
  const wakeAll = () => {
    for (const set of informer.lister.list()) queue.add(keyOf(set));
  };
  nodeInformer.addHandler({
    added: wakeAll,
    updated(before: Node, node: Node) {
      const concerns = ({ metadata, spec }: Node) => [metadata.labels, spec.taints];
      if (!isDeepEqual(concerns(before), concerns(node))) wakeAll();
    },
    deleted: wakeAll,
  });

  const pauseOf = (key: string, nodeName: string, now: number) =>
    Math.max(0, (failures.get(key)?.get(nodeName)?.until ?? 0) - now);
  const tellEnded = (set: DaemonSet, { ended }: DaemonPlan, now: number) => {
    const key = keyOf(set);
    const known = failures.get(key) ?? new Map<string, Failures>();
    failures.set(key, known);
    for (const { pod, nodeName } of ended) {
      const isFailed = pod.status?.phase === 'Failed';
      const how = isFailed ? 'failed' : 'succeeded';
      const message = `Found ${how} daemon pod ${keyOf(pod)} on node ${nodeName}, will try to ${isFailed ? 'kill' : 'delete'} it`;
      if (isFailed) recorder.event(set, 'Warning', 'FailedDaemonPod', message);
      else recorder.event(set, 'Normal', 'SucceededDaemonPod', message);
      const count = known.get(nodeName)?.count ?? 0;
      known.set(nodeName, { count: count + 1, until: now + backoff(count, failurePause, random) });
    }
  };

  const write = async (set: DaemonSet, status: DaemonSetStatus) => {
    if (same(status, set.status)) return;
    const written = await client.updateStatus(daemonSets, { ...set, status }).catch(unlessNotFound);
    if (written) freshest.wrote(written);
  };

  const pass = async (set: DaemonSet, kept: History) => {
    const key = keyOf(set);
    const now = clock.now();
    const hash = revisionHash(kept.newest);
    const own = await owned.claim(set);
    const plan = planDaemonSet({
      set,
      pods: own,
      nodes: nodeInformer.lister.list(),
      hash,
      backoffOf: (nodeName) => pauseOf(key, nodeName, now),
      now,
    });
    tellEnded(set, plan, now);
    const drafts = plan.create.map((nodeName) => draftDaemonPod(set, nodeName, hash));
    const removed = await owned.remove(set, plan.remove);
    const created = await owned.create(set, drafts);
    await write(set, plan.status);
    const hashes = new Set(
      own.flatMap(({ metadata }) => metadata.labels?.[revisionHashLabel] ?? []),
    );
    const live = kept.revisions
      .filter((revision) => revision === kept.newest || hashes.has(revisionHash(revision)))
      .map(({ metadata }) => metadata.name);
    await history.trim(set, kept, new Set(live));
    const failure = created.failure ?? removed.failure;
    if (failure) throw failure.cause;
    return { requeueAfterMs: plan.lookAfterMs };
  };

  return createController({
    name: 'daemonset',
    queue,
    workers: 2,
    logger,
    ready: (signal) => informers.synced(signal),
    async reconcile(key) {
      const copy = informer.lister.get(key);
      if (!copy) return undefined;
      // What was made or deleted last will wake this key once the copy shows it.
      if (!owned.isSettled(key)) return { requeueAfterMs: 1000 };
      const set = freshest.of(copy);
      const kept = await history.of(set);
      if (kept) return pass(set, kept);
      const collisionCount = (set.status?.collisionCount ?? 0) + 1;
      await write(set, { ...noStatus, ...set.status, collisionCount });
      return undefined;
    },
  });
}

const noStatus: DaemonSetStatus = {
  currentNumberScheduled: 0,
  desiredNumberScheduled: 0,
  numberMisscheduled: 0,
  numberReady: 0,
};
