import {
  endpointSlices,
  isAlreadyExists,
  isNotFound,
  keyOf,
  nodes,
  pods,
  services,
} from '@berth/api';
import type { EndpointSlice, Pod, Service } from '@berth/api';
import { createWorkqueue } from '@berth/client';
import { createController } from '../controller.ts';
import type { Controller, ControllerContext } from '../controller.ts';
import { createExpectations } from '../expectations.ts';
import { managedBy, managedByLabel, planSlices, serviceNameLabel } from './plan.ts';

const bySelection = 'service';

/** Keeps the EndpointSlices of every Service with a selector equal to the pods behind it. */
export function createEndpointSliceController(context: ControllerContext): Controller {
  const { client, informers, clock, random, logger } = context;
  const queue = createWorkqueue<string>({ clock, random });
  const expectations = createExpectations(clock);
  const serviceInformer = informers.informer(services);
  const podInformer = informers.informer(pods);
  const nodeInformer = informers.informer(nodes);
  const sliceInformer = informers.informer(endpointSlices);
  sliceInformer.addIndex(bySelection, (slice) =>
    slice.metadata.labels?.[managedByLabel] === managedBy ? [serviceKeyOf(slice)] : [],
  );

  const wakeServicesOf = (...states: readonly Pod[]) => {
    const namespace = states[0]?.metadata.namespace ?? '';
    for (const service of serviceInformer.lister.listNamespace(namespace)) {
      if (states.some((pod) => selects(service, pod))) queue.add(keyOf(service));
    }
  };
  serviceInformer.addHandler({
    added: (service) => queue.add(keyOf(service)),
    updated: (_, service) => queue.add(keyOf(service)),
    deleted: (service) => queue.add(keyOf(service)),
  });
  podInformer.addHandler({
    added: (pod) => wakeServicesOf(pod),
    updated: (before, pod) => wakeServicesOf(before, pod),
    deleted: (pod) => wakeServicesOf(pod),
  });
  const isOurs = (slice: EndpointSlice) => slice.metadata.labels?.[managedByLabel] === managedBy;
  sliceInformer.addHandler({
    added(slice) {
      if (isOurs(slice)) expectations.creationSeen(serviceKeyOf(slice));
    },
    updated(_, slice) {
      if (isOurs(slice)) queue.add(serviceKeyOf(slice));
    },
    deleted(slice) {
      if (!isOurs(slice)) return;
      expectations.deletionSeen(serviceKeyOf(slice), slice.metadata.uid);
      queue.add(serviceKeyOf(slice));
    },
  });

  return createController({
    name: 'endpoint-slice',
    queue,
    workers: 5,
    logger,
    ready: (signal) => informers.synced(signal),
    async reconcile(key) {
      const service = serviceInformer.lister.get(key);
      // Slices of a service that is gone go with it, by owner reference.
      if (!service?.spec.selector || service.metadata.deletionTimestamp) return undefined;
      if (!expectations.satisfied(key)) return { requeueAfterMs: 1000 };
      const plan = planSlices({
        service,
        pods: podInformer.lister
          .listNamespace(service.metadata.namespace ?? '')
          .filter((pod) => selects(service, pod)),
        node: (name) => nodeInformer.lister.get(name),
        slices: sliceInformer.lister.byIndex(bySelection, key),
      });
      for (const slice of plan.update) await client.update(endpointSlices, slice);
      for (const draft of plan.create) {
        expectations.expectCreations(key, 1);
        await client.create(endpointSlices, draft).catch((err: unknown) => {
          expectations.creationSeen(key);
          if (!isAlreadyExists(err)) throw err;
        });
      }
      for (const slice of plan.remove) {
        expectations.expectDeletions(key, [slice.metadata.uid]);
        await client.remove(endpointSlices, slice.metadata).catch((err: unknown) => {
          expectations.deletionSeen(key, slice.metadata.uid);
          if (!isNotFound(err)) throw err;
        });
      }
      return undefined;
    },
  });
}

const serviceKeyOf = ({ metadata }: EndpointSlice) =>
  `${metadata.namespace}/${metadata.labels?.[serviceNameLabel]}`;

/** A service selects by plain labels; one without a selector has its endpoints made by somebody else. */
function selects({ spec }: Service, { metadata }: Pod): boolean {
  const selector = Object.entries(spec.selector ?? {});
  return selector.length > 0 && selector.every(([k, v]) => metadata.labels?.[k] === v);
}
