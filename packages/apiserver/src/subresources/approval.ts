import { approvalRules } from '../registry/certificates/certificate-signing-requests.ts';
import type { Resource } from '../registry/resource.ts';
import type { SubresourceOptions } from '../registry/served.ts';
import type { UpdateRules } from '../registry/update-object.ts';
import { throughDoor } from './door.ts';

/** `certificatesigningrequests/approval`: the only door by which a request is approved or denied. */
export const approval = (resource: Resource): SubresourceOptions =>
  throughDoor(resource, approvalRules as unknown as UpdateRules);
