import { forbiddenField, isDeepEqual } from '@berth/api';
import type { EphemeralContainer, FieldError, KubeObject, Pod } from '@berth/api';
import { withMeta } from '../registry/object-meta.ts';
import type { Resource } from '../registry/resource.ts';
import type { SubresourceOptions } from '../registry/served.ts';
import type { UpdateRules } from '../registry/update-object.ts';
import { throughDoor } from './door.ts';

/** `pods/ephemeralcontainers`: adds containers for debugging to a pod that runs; they can never be taken away again. */
export function ephemeralContainers(resource: Resource): SubresourceOptions {
  const { validate = () => [] } = resource.strategy;
  const rules: UpdateRules = {
    prepare: keepAllButEphemeral,
    validate: (object, old) => [
      // What is wrong with one of them; that there are any is wrong only in new pods.
      ...validate(object).filter(({ field }) => field.startsWith(`${path}[`)),
      ...changes(containersOf(object), containersOf(old)),
    ],
  };
  return throughDoor(resource, rules);
}

const path = 'spec.ephemeralContainers';

const containersOf = (object: KubeObject): readonly EphemeralContainer[] =>
  (object as Pod).spec.ephemeralContainers ?? [];

function keepAllButEphemeral(object: KubeObject, old: KubeObject): KubeObject {
  const pod = old as Pod;
  const spec = { ...pod.spec, ephemeralContainers: containersOf(object) };
  const { managedFields } = object.metadata;
  return withMeta({ ...pod, spec } as Pod, {
    ...pod.metadata,
    ...(managedFields && { managedFields }),
  });
}

function changes(
  next: readonly EphemeralContainer[],
  old: readonly EphemeralContainer[],
): readonly FieldError[] {
  return old.flatMap((container) => {
    const { name } = container;
    const same = next.find((one) => one.name === name);
    const refuse = (what: string) => [
      forbiddenField(
        path,
        `existing ephemeral containers ${JSON.stringify(name)} may not be ${what}\n`,
      ),
    ];
    if (!same) return refuse('removed');
    return isDeepEqual(same, container) ? [] : refuse('changed');
  });
}
