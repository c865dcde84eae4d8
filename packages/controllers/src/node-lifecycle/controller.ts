import { disruptionTarget, keyOf, leases, nodes, pods } from '@berth/api';
import type { Node, Pod } from '@berth/api';
import { formatTime } from '@berth/component-base';
import { createWorkqueue } from '@berth/client';
import { createController } from '../controller.ts';
import type { Controller, ControllerContext } from '../controller.ts';
import { unlessNotFound } from '../failures.ts';
import { isReady } from '../pods.ts';
import { planEviction } from './evict.ts';
import { planNode } from './plan.ts';
import type { NodePlan, Probe } from './plan.ts';

export interface NodeLifecycleOptions {
  /** How long a node may be silent before it is Unknown; upstream's --node-monitor-grace-period. */
  readonly gracePeriodMs: number;
  /** The same for a node that never reported. */
  readonly startupGraceMs: number;
  readonly monitorPeriodMs: number;
}

export const nodeLifecycleDefaults: NodeLifecycleOptions = {
  gracePeriodMs: 50_000,
  startupGraceMs: 60_000,
  monitorPeriodMs: 5_000,
};

const byNode = 'node';

/** Notices nodes that fell silent, marks and taints them, and evicts the pods that do not tolerate it. */
export function createNodeLifecycleController(
  context: ControllerContext,
  options: NodeLifecycleOptions = nodeLifecycleDefaults,
): Controller {
  const { client, informers, clock, random, logger } = context;
  const recorder = context.recorder('node-controller');
  const evictionRecorder = context.recorder('taint-eviction-controller');
  const queue = createWorkqueue<string>({ clock, random });
  const probes = new Map<string, Probe>();
  const nodeInformer = informers.informer(nodes);
  const podInformer = informers.informer(pods);
  const leaseInformer = informers.informer(leases, { namespace: 'kube-node-lease' });
  podInformer.addIndex(byNode, ({ spec }) => (spec.nodeName ? [spec.nodeName] : []));
  const podsOn = (name: string) => podInformer.lister.byIndex(byNode, name);

  nodeInformer.addHandler({
    added: (node) => queue.add(keyOf(node)),
    updated: (_, node) => queue.add(keyOf(node)),
    deleted(node) {
      probes.delete(keyOf(node));
      queue.add(keyOf(node));
    },
  });
  const wakeNodeOf = ({ spec }: Pod) => {
    if (spec.nodeName) queue.add(spec.nodeName);
  };
  podInformer.addHandler({
    added: wakeNodeOf,
    updated(before, pod) {
      if (before.spec !== pod.spec) wakeNodeOf(pod);
    },
  });

  const applyPlan = async (node: Node, plan: NodePlan): Promise<Node> => {
    let current = node;
    if (plan.conditions) {
      const status = { ...node.status, conditions: plan.conditions };
      current = await client.updateStatus(nodes, { ...node, status });
    }
    if (plan.taints) {
      current = await client.update(nodes, {
        ...current,
        spec: { ...current.spec, taints: plan.taints },
      });
    }
    if (plan.lostReady) {
      logger.info('Node stopped being ready', { node: node.metadata.name });
      recorder.event(
        node,
        'Normal',
        'NodeNotReady',
        `Node ${node.metadata.name} status is now: NodeNotReady`,
      );
    }
    return current;
  };

  /** A pod on a silent node cannot say itself that it is not ready; Services must stop sending to it. */
  const markPodsNotReady = async (node: Node): Promise<void> => {
    for (const pod of podsOn(node.metadata.name).filter(isReady)) {
      const lastTransitionTime = formatTime(clock.now());
      const conditions = [{ type: 'Ready', status: 'False', lastTransitionTime }];
      const patch = { metadata: { uid: pod.metadata.uid }, status: { conditions } };
      await client
        .patch(pods, pod.metadata, 'strategic', patch, { subresource: 'status' })
        .catch(unlessNotFound);
      recorder.event(pod, 'Warning', 'NodeNotReady', 'Node is not ready');
    }
  };

  /** Returns when the next pod has to leave, in ms from now. */
  const evictPods = async (node: Node): Promise<number | undefined> => {
    const now = clock.now();
    let next: number | undefined;
    for (const pod of podsOn(node.metadata.name)) {
      if (pod.metadata.deletionTimestamp) continue;
      const eviction = planEviction(pod, node, now);
      if (eviction.kind === 'stay') continue;
      if (eviction.at > now) {
        next = Math.min(next ?? Infinity, eviction.at - now);
        continue;
      }
      await evict(pod).catch(unlessNotFound);
    }
    return next;
  };

  const evict = async (pod: Pod): Promise<void> => {
    evictionRecorder.event(
      pod,
      'Normal',
      'TaintManagerEviction',
      `Marking for deletion Pod ${keyOf(pod)}`,
    );
    const { metadata } = pod;
    const { uid } = metadata;
    const why = 'Taint manager: deleting due to NoExecute taint';
    const condition = {
      ...disruptionTarget(pod, 'DeletionByTaintManager', why),
      lastTransitionTime: formatTime(clock.now()),
    };
    const patch = { metadata: { uid }, status: { conditions: [condition] } };
    await client.patch(pods, metadata, 'strategic', patch, { subresource: 'status' });
    await client.remove(pods, metadata, { preconditions: { uid } });
  };

  return createController({
    name: 'node-lifecycle',
    queue,
    workers: 4,
    logger,
    ready: (signal) => informers.synced(signal),
    async reconcile(name) {
      const node = nodeInformer.lister.get(name);
      if (!node) return undefined;
      const plan = planNode({
        node,
        lease: leaseInformer.lister.get(`kube-node-lease/${name}`),
        probe: probes.get(name),
        now: clock.now(),
        gracePeriodMs: options.gracePeriodMs,
        startupGraceMs: options.startupGraceMs,
      });
      probes.set(name, plan.probe);
      const current = await applyPlan(node, plan);
      const isSilent = current.status?.conditions?.some(
        ({ type, status }) => type === 'Ready' && status === 'Unknown',
      );
      if (plan.lostReady || isSilent) await markPodsNotReady(current);
      const nextEviction = await evictPods(current);
      return { requeueAfterMs: Math.min(options.monitorPeriodMs, nextEviction ?? Infinity) };
    },
  });
}
