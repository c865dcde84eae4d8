import {
  formatSelector,
  isConflict,
  keyOf,
  podDisruptionBudgets,
  pods,
  toSelector,
} from '@berth/api';
import type { Pod, PodDisruptionBudget } from '@berth/api';
import { createWorkqueue } from '@berth/client';
import { createController } from '../controller.ts';
import type { Controller, ControllerContext } from '../controller.ts';
import { messageOf, unlessNotFound } from '../failures.ts';
import { controllerOf, selectedBy } from '../owned.ts';
import { same } from '../same.ts';
import { createScaleFinder } from '../scale-of.ts';
import { needsScale, planBudget, planFailedStatus } from './plan.ts';

/** Says for each PodDisruptionBudget how many of its pods may be evicted now. Evictions take from that number. */
export function createDisruptionController(context: ControllerContext): Controller {
  const { client, informers, clock, random, logger } = context;
  const recorder = context.recorder('controllermanager');
  const queue = createWorkqueue<string>({ clock, random });
  const informer = informers.informer(podDisruptionBudgets);
  const podInformer = informers.informer(pods);
  const scales = createScaleFinder(client, informers);

  const wakeFor = (...states: readonly Pod[]) => {
    for (const budget of informer.lister.listNamespace(states[0]?.metadata.namespace ?? ''))
      if (states.some(selectedBy(toSelector(budget.spec.selector)))) queue.add(keyOf(budget));
  };
  informer.addHandler({
    added: (budget) => queue.add(keyOf(budget)),
    updated: (_, budget) => queue.add(keyOf(budget)),
  });
  podInformer.addHandler({
    added: (pod) => wakeFor(pod),
    updated: (before, pod) => wakeFor(before, pod),
    deleted: (pod) => wakeFor(pod),
  });

  /** What all controllers of the pods want together. */
  const scaleOf = async (budget: PodDisruptionBudget, selected: readonly Pod[]) => {
    const scale = new Map<string, number>();
    const unmanaged: string[] = [];
    for (const { metadata } of selected) {
      const controller = controllerOf(metadata);
      if (!controller) {
        unmanaged.push(metadata.name);
        continue;
      }
      if (scale.has(controller.uid)) continue;
      const found = await scales.of(metadata.namespace!, controller);
      if (!found) throw new Error(`found no controllers for pod ${JSON.stringify(metadata.name)}`);
      scale.set(found.uid, found.replicas);
    }
    if (unmanaged.length > 0) {
      const selector = formatSelector(toSelector(budget.spec.selector) ?? []);
      const message = `Pods without a controller are selected (${selector}), and so the status cannot be calculated: ${unmanaged.join(', ')}. Set .spec.minAvailable to a number to count them.`;
      recorder.event(budget, 'Warning', 'UnmanagedPods', message);
    }
    return [...scale.values()].reduce((sum, replicas) => sum + replicas, 0);
  };

  const write = async (budget: PodDisruptionBudget, status: PodDisruptionBudget['status']) => {
    if (same(status, budget.status)) return;
    const next = { ...budget, ...(status && { status }) };
    await client.updateStatus(podDisruptionBudgets, next).catch(unlessNotFound);
  };

  const count = async (budget: PodDisruptionBudget) => {
    const selected = podInformer.lister
      .listNamespace(budget.metadata.namespace ?? '')
      .filter(selectedBy(toSelector(budget.spec.selector)));
    if (selected.length === 0) {
      recorder.event(budget, 'Normal', 'NoPods', 'No matching pods found');
    }
    const plan = planBudget({
      budget,
      pods: selected,
      scale: needsScale(budget) ? await scaleOf(budget, selected) : 0,
      now: clock.now(),
    });
    for (const pod of plan.overdue) {
      const message = `Pod was expected by PDB ${keyOf(budget)} to be deleted but it wasn't`;
      recorder.event(pod, 'Warning', 'NotDeleted', message);
    }
    await write(budget, plan.status);
    return { requeueAfterMs: plan.recheckAfterMs };
  };

  return createController({
    name: 'disruption',
    queue,
    workers: 2,
    logger,
    ready: (signal) => informers.synced(signal),
    async reconcile(key) {
      const budget = informer.lister.get(key);
      if (!budget) return undefined;
      try {
        return await count(budget);
      } catch (err) {
        if (isConflict(err)) throw err;
        const message = `Failed to calculate the number of expected pods: ${messageOf(err)}`;
        recorder.event(budget, 'Warning', 'CalculateExpectedPodCountFailed', message);
        await write(budget, planFailedStatus(budget, messageOf(err), clock.now()));
        throw err;
      }
    },
  });
}
