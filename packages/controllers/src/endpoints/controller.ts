import { endpoints, keyOf, parseKey, pods, services } from '@berth/api';
import type { Draft, Endpoints } from '@berth/api';
import { createWorkqueue } from '@berth/client';
import { createController } from '../controller.ts';
import type { Controller, ControllerContext } from '../controller.ts';
import { isNamespaceTerminating, messageOf, unlessNotFound } from '../failures.ts';
import { leaderAnnotation } from '../leader-annotation.ts';
import { followSelections, selectedPods } from '../service-pods/selection.ts';
import { createTriggerTimes } from '../service-pods/trigger-times.ts';
import { managedBy, managedByLabel, planEndpoints } from './plan.ts';

/** Keeps the v1 Endpoints of every Service with a selector: the older form of what EndpointSlices say. */
export function createEndpointsController(context: ControllerContext): Controller {
  const { client, informers, clock, random, logger } = context;
  const recorder = context.recorder('endpoint-controller');
  const queue = createWorkqueue<string>({ clock, random });
  const triggerTimes = createTriggerTimes();
  const serviceInformer = informers.informer(services);
  const podInformer = informers.informer(pods);
  const informer = informers.informer(endpoints);
  followSelections(serviceInformer, podInformer, (key) => queue.add(key));
  const isOwn = ({ metadata }: Endpoints) => metadata.labels?.[managedByLabel] === managedBy;
  informer.addHandler({
    // Left over from a service that went while nobody looked.
    added: (object) => isOwn(object) && queue.add(keyOf(object)),
    updated: (_, object) => isOwn(object) && queue.add(keyOf(object)),
    deleted: (object) => queue.add(keyOf(object)),
  });

  const removeLeftOver = async (key: string): Promise<undefined> => {
    triggerTimes.forget(key);
    const left = informer.lister.get(key);
    if (!left || leaderAnnotation in (left.metadata.annotations ?? {})) return undefined;
    const preconditions = { uid: left.metadata.uid };
    await client.remove(endpoints, parseKey(key), { preconditions }).catch(unlessNotFound);
    return undefined;
  };
  const write = async (next: Draft<Endpoints>, before: Endpoints | undefined): Promise<void> => {
    try {
      if (before)
        await client.update(endpoints, {
          ...next,
          metadata: { ...before.metadata, ...next.metadata },
        });
      else await client.create(endpoints, next);
    } catch (err) {
      if (isNamespaceTerminating(err)) return;
      if (before) {
        const message = `Failed to update endpoint ${keyOf(before)}: ${messageOf(err)}`;
        recorder.event(before, 'Warning', 'FailedToUpdateEndpoint', message);
      }
      throw err;
    }
  };

  return createController({
    name: 'endpoints',
    queue,
    workers: 5,
    logger,
    ready: (signal) => informers.synced(signal),
    async reconcile(key) {
      const service = serviceInformer.lister.get(key);
      if (!service) return removeLeftOver(key);
      if (!service.spec.selector || service.spec.type === 'ExternalName') return undefined;
      const chosen = selectedPods(service, podInformer.lister);
      const before = informer.lister.get(key);
      const next = planEndpoints({
        service,
        pods: chosen,
        endpoints: before,
        triggerTime: triggerTimes.next(service, chosen),
      });
      if (next) await write(next, before);
      return undefined;
    },
  });
}
