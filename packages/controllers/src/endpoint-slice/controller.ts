import { endpointSlices, nodes, pods, services } from '@berth/api';
import { createWorkqueue } from '@berth/client';
import { createController } from '../controller.ts';
import type { Controller, ControllerContext } from '../controller.ts';
import { createExpectations } from '../expectations.ts';
import { followSelections, selectedPods } from '../service-pods/selection.ts';
import { createTriggerTimes } from '../service-pods/trigger-times.ts';
import { applySlices } from './apply-slices.ts';
import { followSlices } from './follow-slices.ts';
import { managedBy, planSlices } from './plan.ts';

/** Keeps the EndpointSlices of every Service with a selector equal to the pods behind it. */
export function createEndpointSliceController(context: ControllerContext): Controller {
  const { client, informers, clock, random, logger } = context;
  const queue = createWorkqueue<string>({ clock, random });
  const expectations = createExpectations(clock);
  const triggerTimes = createTriggerTimes();
  const serviceInformer = informers.informer(services);
  const podInformer = informers.informer(pods);
  const nodeInformer = informers.informer(nodes);
  const wake = (key: string) => queue.add(key);
  followSelections(serviceInformer, podInformer, wake);
  const slices = followSlices(informers.informer(endpointSlices), managedBy, expectations, wake);

  return createController({
    name: 'endpoint-slice',
    queue,
    workers: 5,
    logger,
    ready: (signal) => informers.synced(signal),
    async reconcile(key) {
      const service = serviceInformer.lister.get(key);
      if (!service) {
        expectations.forget(key);
        triggerTimes.forget(key);
      }
      // Slices of a service that is gone go with it, by owner reference.
      if (!service?.spec.selector || service.metadata.deletionTimestamp) return undefined;
      if (service.spec.type === 'ExternalName') return undefined;
      if (!expectations.satisfied(key)) return { requeueAfterMs: 1000 };
      const chosen = selectedPods(service, podInformer.lister);
      const plan = planSlices({
        service,
        pods: chosen,
        node: (name) => nodeInformer.lister.get(name),
        slices: slices.of(key),
        triggerTime: triggerTimes.next(service, chosen),
      });
      await applySlices(client, expectations, key, plan);
      return undefined;
    },
  });
}
