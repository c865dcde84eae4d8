import { unsupportedMediaType } from '@berth/api';
import type { Resource } from '../registry/resource.ts';
import type { UpdateRequest } from '../registry/update-object.ts';
import type { RequestContext } from '../request.ts';
import type { WriteQuery } from './write-options.ts';

type Change = Pick<UpdateRequest, 'change' | 'create' | 'tracksFields'>;

export function applyChange(
  _resource: Resource,
  _context: RequestContext,
  _query: WriteQuery,
): Change {
  throw unsupportedMediaType('server-side apply is not read yet');
}
