import type { Resource } from '../registry/resource.ts';
import { objectVerbs } from '../registry/served.ts';
import type { SubresourceOptions } from '../registry/served.ts';
import { statusRules } from '../registry/update-rules.ts';
import type { RequestContext } from '../request.ts';
import { get } from './get.ts';
import { patch } from './patch.ts';
import { update } from './update.ts';

/** The subresources that follow from a strategy. */
export function builtinSubresources(
  resource: Resource,
): readonly (readonly [string, SubresourceOptions])[] {
  const { strategy } = resource;
  return [...(strategy.status ? [['status', status(resource)] as const] : [])];
}

function status(resource: Resource): SubresourceOptions {
  const { group, version, kind } = resource.type;
  const rules = statusRules(resource.strategy);
  const handler = (context: RequestContext) => {
    switch (context.info.verb) {
      case 'update':
        return update(resource, context, rules);
      case 'patch':
        return patch(resource, context, rules);
      default:
        return get(resource, context);
    }
  };
  return { group, version, kind, verbs: objectVerbs, handler };
}
