import { endpoints, endpointSlices, keyOf, services } from '@berth/api';
import type { Endpoints, EndpointSlice, KubeObject } from '@berth/api';
import { createWorkqueue } from '@berth/client';
import { createController } from '../controller.ts';
import type { Controller, ControllerContext } from '../controller.ts';
import { applySlices } from '../endpoint-slice/apply-slices.ts';
import { followSlices } from '../endpoint-slice/follow-slices.ts';
import { createExpectations } from '../expectations.ts';
import { addressesPerSubset, isToMirror, managedBy, planMirror } from './plan.ts';
import type { MirrorPlan } from './plan.ts';

/** Turns Endpoints that somebody made by hand into EndpointSlices, for consumers that read only those. */
export function createEndpointSliceMirroring(context: ControllerContext): Controller {
  const { client, informers, clock, random, logger } = context;
  const recorder = context.recorder('endpoint-slice-mirroring-controller');
  const queue = createWorkqueue<string>({ clock, random });
  const expectations = createExpectations(clock);
  const informer = informers.informer(endpoints);
  const serviceInformer = informers.informer(services);
  const wake = (object: KubeObject) => queue.add(keyOf(object));
  informer.addHandler({ added: wake, updated: (_, object) => wake(object), deleted: wake });
  serviceInformer.addHandler({
    added: wake,
    updated(before, service) {
      if (!before.spec.selector !== !service.spec.selector) wake(service);
    },
    deleted: wake,
  });
  const slices = followSlices(informers.informer(endpointSlices), managedBy, expectations, (key) =>
    queue.add(key),
  );

  const report = (object: Endpoints, { invalid, skipped }: MirrorPlan) => {
    if (invalid > 0) {
      const message = `Skipped ${invalid} invalid IP addresses when mirroring to EndpointSlices`;
      recorder.event(object, 'Warning', 'InvalidIPAddress', message);
    }
    if (skipped > invalid) {
      const message = `A max of ${addressesPerSubset} addresses can be mirrored to EndpointSlices per Endpoints subset. ${skipped} addresses were skipped`;
      recorder.event(object, 'Warning', 'TooManyAddressesToMirror', message);
    }
  };

  return createController({
    name: 'endpoint-slice-mirroring',
    queue,
    workers: 5,
    logger,
    ready: (signal) => informers.synced(signal),
    async reconcile(key) {
      if (!expectations.satisfied(key)) return { requeueAfterMs: 1000 };
      const object = informer.lister.get(key);
      const present: readonly EndpointSlice[] = slices.of(key);
      if (!isToMirror(object, serviceInformer.lister.get(key))) {
        await applySlices(client, expectations, key, { create: [], update: [], remove: present });
        return undefined;
      }
      const plan = planMirror(object, present);
      report(object, plan);
      // What is going makes nothing new.
      const create = object.metadata.deletionTimestamp ? [] : plan.create;
      await applySlices(client, expectations, key, { ...plan, create });
      return undefined;
    },
  });
}
