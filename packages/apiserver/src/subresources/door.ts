import { get } from '../endpoints/get.ts';
import { patch } from '../endpoints/patch.ts';
import { update } from '../endpoints/update.ts';
import type { Resource } from '../registry/resource.ts';
import { objectVerbs } from '../registry/served.ts';
import type { SubresourceOptions } from '../registry/served.ts';
import type { UpdateRules } from '../registry/update-object.ts';

/** A subresource that shows the whole object, and writes what its rules let through. */
export const throughDoor = (resource: Resource, rules: UpdateRules): SubresourceOptions => ({
  group: resource.type.group,
  version: resource.type.version,
  kind: resource.type.kind,
  verbs: objectVerbs,
  handler(context) {
    switch (context.info.verb) {
      case 'update':
        return update(resource, context, rules);
      case 'patch':
        return patch(resource, context, rules);
      default:
        return get(resource, context);
    }
  },
});
