import {
  horizontalPodAutoscalers,
  isNotFound,
  keyOf,
  matchesLabels,
  parseLabelSelector,
  pods,
} from '@berth/api';
import type { HorizontalPodAutoscaler, Pod, ResourceType, Scale } from '@berth/api';
import { createWorkqueue } from '@berth/client';
import { createController } from '../controller.ts';
import type { Controller, ControllerContext } from '../controller.ts';
import { discoverDeletable } from '../discover.ts';
import { same } from '../same.ts';
import { fetchPodUsage } from './metrics.ts';
import type { PodUsage } from './metrics.ts';
import { planHpa } from './plan.ts';
import { memoryMs } from './stabilize.ts';
import type { Recommendation, ScaleEvent } from './stabilize.ts';

export interface HpaOptions {
  /** Upstream's --horizontal-pod-autoscaler-sync-period. */
  readonly syncPeriodMs: number;
  /** Upstream's --horizontal-pod-autoscaler-tolerance. */
  readonly tolerance: number;
}

export const hpaDefaults: HpaOptions = { syncPeriodMs: 15_000, tolerance: 0.1 };

interface Memory {
  readonly recommendations: readonly Recommendation[];
  readonly events: readonly ScaleEvent[];
}

const noMemory: Memory = { recommendations: [], events: [] };

/** Scales the target of each HorizontalPodAutoscaler by what its pods really use. */
export function createHpaController(
  context: ControllerContext,
  options: HpaOptions = hpaDefaults,
): Controller {
  const { client, informers, clock, random, logger } = context;
  const recorder = context.recorder('horizontal-pod-autoscaler');
  const queue = createWorkqueue<string>({ clock, random });
  const informer = informers.informer(horizontalPodAutoscalers);
  const podInformer = informers.informer(pods);
  const memories = new Map<string, Memory>();
  let types: readonly ResourceType[] = [];

  informer.addHandler({
    added: (hpa) => queue.add(keyOf(hpa)),
    updated(before, hpa) {
      if (before.metadata.generation !== hpa.metadata.generation) queue.add(keyOf(hpa));
    },
    deleted: (hpa) => void memories.delete(keyOf(hpa)),
  });

  const targetType = async ({ spec }: HorizontalPodAutoscaler): Promise<ResourceType> => {
    const { apiVersion = '', kind } = spec.scaleTargetRef;
    const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
    const find = () => types.find((type) => type.kind === kind && type.group === group);
    if (!find()) ({ types } = await discoverDeletable(client));
    const type = find();
    if (!type)
      throw new Error(
        `no matches for kind ${JSON.stringify(kind)} in group ${JSON.stringify(group)}`,
      );
    return type;
  };

  const usageOf = (namespace: string, selector: string): Promise<PodUsage | { error: string }> =>
    fetchPodUsage(client, namespace, selector).catch((err: unknown) => ({ error: textOf(err) }));

  const podsOf = (namespace: string, selector: string): readonly Pod[] => {
    const parsed = parseLabelSelector(selector);
    return podInformer.lister
      .listNamespace(namespace)
      .filter(({ metadata }) => matchesLabels(parsed, metadata.labels));
  };

  const pass = async (hpa: HorizontalPodAutoscaler): Promise<void> => {
    const key = keyOf(hpa);
    const namespace = hpa.metadata.namespace!;
    const type = await targetType(hpa);
    const ref = { namespace, name: hpa.spec.scaleTargetRef.name };
    const scale = await client.getSubresource<Scale>(type, ref, 'scale');
    const selector = scale.status?.selector ?? '';
    const specReplicas = scale.spec.replicas ?? 0;
    const now = clock.now();
    const memory = memories.get(key) ?? noMemory;
    const plan = planHpa({
      hpa,
      specReplicas,
      pods: podsOf(namespace, selector),
      usage: await usageOf(namespace, selector),
      now,
      tolerance: options.tolerance,
      ...memory,
    });
    if (plan.replicas !== undefined) {
      await client.updateSubresource(type, ref, 'scale', {
        ...scale,
        spec: { ...scale.spec, replicas: plan.replicas },
      });
      recorder.event(
        hpa,
        'Normal',
        'SuccessfulRescale',
        `New size: ${plan.replicas}; reason: ${plan.reason}`,
      );
      logger.info('Rescaled', {
        hpa: key,
        from: specReplicas,
        to: plan.replicas,
        reason: plan.reason,
      });
    }
    memories.set(
      key,
      remember(
        hpa,
        memory,
        plan.recommendation,
        (plan.replicas ?? specReplicas) - specReplicas,
        now,
      ),
    );
    if (plan.warning) recorder.event(hpa, 'Warning', plan.warning.reason, plan.warning.message);
    if (!same(plan.status, hpa.status)) {
      await client.updateStatus(horizontalPodAutoscalers, { ...hpa, status: plan.status });
    }
  };

  return createController({
    name: 'horizontal-pod-autoscaler',
    queue,
    workers: 5,
    logger,
    ready: (signal) => informers.synced(signal),
    async reconcile(key) {
      const hpa = informer.lister.get(key);
      if (!hpa) return undefined;
      try {
        await pass(hpa);
      } catch (err) {
        if (!isNotFound(err)) throw err;
        const message = `the HPA controller was unable to get the target's current scale: ${textOf(err)}`;
        recorder.event(hpa, 'Warning', 'FailedGetScale', message);
      }
      return { requeueAfterMs: options.syncPeriodMs };
    },
  });
}

function remember(
  hpa: HorizontalPodAutoscaler,
  { recommendations, events }: Memory,
  recommendation: number | undefined,
  change: number,
  now: number,
): Memory {
  const kept = <T extends { readonly at: number }>(entries: readonly T[]) =>
    entries.filter(({ at }) => at > now - memoryMs(hpa));
  return {
    recommendations: [
      ...kept(recommendations),
      ...(recommendation === undefined ? [] : [{ replicas: recommendation, at: now }]),
    ],
    events: [...kept(events), ...(change === 0 ? [] : [{ change, at: now }])],
  };
}

const textOf = (err: unknown) => (err instanceof Error ? err.message : String(err));
