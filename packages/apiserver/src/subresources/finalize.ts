import type { Namespace } from '@berth/api';
import { update } from '../endpoints/update.ts';
import type { Resource } from '../registry/resource.ts';
import type { SubresourceOptions } from '../registry/served.ts';
import type { UpdateRules } from '../registry/update-object.ts';

/** `namespaces/finalize`: the only door by which spec.finalizers change; a namespace being deleted goes with the last. */
export function finalize(resource: Resource): SubresourceOptions {
  const { validate = () => [] } = resource.strategy;
  const rules: UpdateRules = {
    prepare(object, old) {
      const { status } = old as Namespace;
      return { ...object, ...(status && { status }) };
    },
    validate: (object) => validate(object),
  };
  return {
    group: '',
    version: 'v1',
    kind: 'Namespace',
    verbs: ['update'],
    handler: (context) => update(resource, context, rules),
  };
}
