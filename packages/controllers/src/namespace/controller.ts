import { isNotFound, keyOf, namespaces, pods } from '@berth/api';
import type { Namespace, ResourceType } from '@berth/api';
import { createWorkqueue } from '@berth/client';
import { createController } from '../controller.ts';
import type { Controller, ControllerContext } from '../controller.ts';
import { discoverDeletable } from '../discover.ts';
import { same } from '../same.ts';
import { isEmpty, planConditions } from './plan.ts';
import type { Emptying, Remainder } from './plan.ts';

type Emptied = Pick<Emptying, 'remainders' | 'failures'>;

const finalizer = 'kubernetes';
/** How soon to look again at a namespace whose content is still going. */
const againMs = 500;

/** Empties namespaces that are being deleted, pods first, and lets them go when nothing is left. */
export function createNamespaceController(context: ControllerContext): Controller {
  const { client, informers, clock, random, logger } = context;
  const queue = createWorkqueue<string>({ clock, random });
  const informer = informers.informer(namespaces);
  const wake = (namespace: Namespace) => {
    if (namespace.metadata.deletionTimestamp) queue.add(keyOf(namespace));
  };
  informer.addHandler({ added: wake, updated: (_, namespace) => wake(namespace) });

  const empty = async (namespace: string, types: readonly ResourceType[]): Promise<Emptied> => {
    const remainders: Remainder[] = [];
    const failures: string[] = [];
    for (const type of types) {
      try {
        await client.removeCollection(type, { namespace }, { propagationPolicy: 'Background' });
        remainders.push(await remainderOf(namespace, type));
      } catch (err) {
        if (!isNotFound(err)) failures.push(err instanceof Error ? err.message : String(err));
      }
    }
    return { remainders, failures };
  };
  const remainderOf = async (namespace: string, type: ResourceType): Promise<Remainder> => {
    const { items } = await client.list(type, { namespace });
    const finalizers = new Map<string, number>();
    for (const name of items.flatMap(({ metadata }) => metadata.finalizers ?? [])) {
      finalizers.set(name, (finalizers.get(name) ?? 0) + 1);
    }
    return { resource: `${type.resource}.${type.group}`, count: items.length, finalizers };
  };

  return createController({
    name: 'namespace',
    queue,
    workers: 10,
    logger,
    ready: (signal) => informers.synced(signal),
    async reconcile(name) {
      const namespace = informer.lister.get(name);
      if (!namespace?.metadata.deletionTimestamp) return undefined;
      if (!(namespace.spec.finalizers ?? []).includes(finalizer)) return undefined;
      const { types, failures } = await discoverDeletable(client);
      // What pods use must outlive them: everything else waits until they are gone.
      const first = await empty(name, [pods]);
      const podsLeft = first.remainders.some(({ count }) => count > 0) || first.failures.length > 0;
      const rest = podsLeft
        ? { remainders: [], failures: [] }
        : await empty(
            name,
            types.filter((type) => type.namespaced && (type.resource !== 'pods' || type.group)),
          );
      const emptying: Emptying = {
        undiscovered: failures,
        remainders: [...first.remainders, ...rest.remainders],
        failures: [...first.failures, ...rest.failures],
      };
      const current = await report(namespace, emptying);
      if (!isEmpty(emptying)) return { requeueAfterMs: againMs };
      await finalize(current);
      return undefined;
    },
  });

  async function report(namespace: Namespace, emptying: Emptying): Promise<Namespace> {
    const conditions = planConditions(namespace, emptying, clock.now());
    if (same(conditions, namespace.status?.conditions)) return namespace;
    const status = { ...namespace.status, phase: 'Terminating', conditions };
    return client.updateStatus(namespaces, { ...namespace, status });
  }

  async function finalize(namespace: Namespace): Promise<void> {
    const finalizers = (namespace.spec.finalizers ?? []).filter((each) => each !== finalizer);
    const next = { ...namespace, spec: { ...namespace.spec, finalizers } };
    await client
      .updateSubresource(namespaces, namespace.metadata, 'finalize', next)
      .catch((err: unknown) => {
        if (!isNotFound(err)) throw err;
      });
  }
}
