import { clusterRoles, keyOf } from '@berth/api';
import { createWorkqueue } from '@berth/client';
import { createController } from '../controller.ts';
import type { Controller, ControllerContext } from '../controller.ts';
import { planAggregation } from './plan.ts';

/** Writes into every aggregated role the rules of the roles that it selects. */
export function createClusterRoleAggregation(context: ControllerContext): Controller {
  const { client, informers, clock, random, logger } = context;
  const queue = createWorkqueue<string>({ clock, random });
  const informer = informers.informer(clusterRoles);
  /** Any role may be part of any aggregated one, and there are few of those. */
  const wake = () => {
    for (const role of informer.lister.list()) if (role.aggregationRule) queue.add(keyOf(role));
  };
  informer.addHandler({ added: wake, updated: wake, deleted: wake });

  return createController({
    name: 'clusterrole-aggregation-controller',
    queue,
    workers: 1,
    logger,
    ready: (signal) => informers.synced(signal),
    async reconcile(key) {
      const role = informer.lister.get(key);
      const rules = role && planAggregation(role, informer.lister.list());
      if (role && rules) await client.update(clusterRoles, { ...role, rules });
      return undefined;
    },
  });
}
