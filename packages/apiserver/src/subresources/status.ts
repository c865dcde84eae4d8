import type { SubresourceOptions } from '../registry/served.ts';
import type { Resource } from '../registry/resource.ts';
import { statusRules } from '../registry/update-rules.ts';
import { throughDoor } from './door.ts';

/** `…/status`: the whole object is shown, only its status is written. */
export const status = (resource: Resource): SubresourceOptions =>
  throughDoor(resource, statusRules(resource.strategy));
