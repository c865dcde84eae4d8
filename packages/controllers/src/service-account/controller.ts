import { configMaps, keyOf, namespaces, serviceAccounts } from '@berth/api';
import type { ConfigMap, Draft, Namespace, ServiceAccount } from '@berth/api';
import { createWorkqueue } from '@berth/client';
import { createController } from '../controller.ts';
import type { Controller, ControllerContext } from '../controller.ts';
import { unlessExists } from '../failures.ts';
import { planNamespaceFurniture, rootCaName, defaultAccount } from './plan.ts';

/** Sees to it that every namespace has its default ServiceAccount and the ConfigMap with the cluster's root CA. */
export function createServiceAccountController(
  context: ControllerContext,
  rootCa: string,
): Controller {
  const { client, informers, clock, random, logger } = context;
  const queue = createWorkqueue<string>({ clock, random });
  const namespaceInformer = informers.informer(namespaces);
  const accountInformer = informers.informer(serviceAccounts, {
    fieldSelector: `metadata.name=${defaultAccount}`,
  });
  const mapInformer = informers.informer(configMaps, {
    fieldSelector: `metadata.name=${rootCaName}`,
  });
  const wake = ({ metadata }: ServiceAccount | ConfigMap) => queue.add(metadata.namespace!);

  namespaceInformer.addHandler({
    added: (namespace) => queue.add(keyOf(namespace)),
    updated: (_, namespace) => queue.add(keyOf(namespace)),
  });
  accountInformer.addHandler({ deleted: wake });
  mapInformer.addHandler({ updated: (_, map) => wake(map), deleted: wake });

  return createController({
    name: 'service-account',
    queue,
    workers: 2,
    logger,
    ready: (signal) => informers.synced(signal),
    async reconcile(name) {
      const namespace: Namespace | undefined = namespaceInformer.lister.get(name);
      if (!namespace) return undefined;
      const plan = planNamespaceFurniture({
        namespace,
        account: accountInformer.lister.get(`${name}/${defaultAccount}`),
        rootCaMap: mapInformer.lister.get(`${name}/${rootCaName}`),
        rootCa,
      });
      if (plan.createAccount) {
        const draft: Draft<ServiceAccount> = {
          metadata: { namespace: name, name: defaultAccount },
        };
        await client.create(serviceAccounts, draft).catch(unlessExists);
      }
      if (plan.rootCaMap?.kind === 'create') {
        await client.create(configMaps, plan.rootCaMap.draft).catch(unlessExists);
      }
      if (plan.rootCaMap?.kind === 'update') await client.update(configMaps, plan.rootCaMap.next);
      return undefined;
    },
  });
}
