import { unsupportedMediaType } from '@berth/api';
import type { ApiResponse } from '@berth/api';
import type { Resource } from '../registry/resource.ts';
import type { UpdateRules } from '../registry/update-object.ts';
import type { RequestContext } from '../request.ts';

export async function patch(
  _resource: Resource,
  _context: RequestContext,
  _rules: UpdateRules,
): Promise<ApiResponse> {
  throw unsupportedMediaType('patches are not read yet');
}
