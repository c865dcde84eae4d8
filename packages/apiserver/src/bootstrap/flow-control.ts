import { flowSchemas, isAlreadyExists, isDeepEqual, priorityLevelConfigurations } from '@berth/api';
import type { Draft, KubeObject } from '@berth/api';
import * as objects from '../flow-control/objects.ts';
import type { Registry } from '../registry/registry.ts';
import type { Store } from '../registry/store.ts';

/** Whoever wants to keep a spec of their own sets it to false. */
const autoupdate = 'apf.kubernetes.io/autoupdate-spec';

/** Makes the flow schemas and priority levels of every cluster, and repairs those that nobody has claimed. */
export async function bootstrapFlowControl(registry: Pick<Registry, 'store'>): Promise<void> {
  const levels = registry.store(priorityLevelConfigurations);
  const schemas = registry.store(flowSchemas);
  await Promise.all([
    ...objects.mandatoryLevels.map((level) => settle(levels, level, 'mandatory')),
    ...objects.suggestedLevels.map((level) => settle(levels, level, 'suggested')),
    ...objects.mandatorySchemas.map((schema) => settle(schemas, schema, 'mandatory')),
    ...objects.suggestedSchemas.map((schema) => settle(schemas, schema, 'suggested')),
  ]);
}

interface WithSpec extends KubeObject {
  readonly spec: object;
}

async function settle<T extends WithSpec>(
  store: Store<T>,
  { name, spec }: { readonly name: string; readonly spec: T['spec'] },
  kind: 'mandatory' | 'suggested',
): Promise<void> {
  const current = await store.find({ name });
  if (!current) {
    const draft = { metadata: { name, annotations: { [autoupdate]: 'true' } }, spec };
    await store.create(draft as unknown as Draft<T>).catch((err: unknown) => {
      if (!isAlreadyExists(err)) throw err;
    });
    return;
  }
  const claimed = current.metadata.annotations?.[autoupdate] === 'false';
  if ((claimed && kind === 'suggested') || isDeepEqual(current.spec, spec)) return;
  // Shares of the exempt level are the only part of a mandatory object that people may choose.
  if (name === 'exempt') return;
  await store.guaranteedUpdate({ name }, (latest) => ({ ...latest, spec }));
}
