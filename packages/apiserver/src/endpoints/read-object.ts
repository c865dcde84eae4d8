import type { KubeObject } from '@berth/api';
import { completed } from '../registry/complete.ts';
import type { Strategy } from '../registry/strategy.ts';
import type { RequestContext } from '../request.ts';
import { readBody } from './read-body.ts';
import type { FieldValidation } from './write-options.ts';

/** The body of a request as an object of the resource, with its defaults. */
export function readObject(
  context: RequestContext,
  strategy: Strategy,
  validation: FieldValidation,
): KubeObject {
  return completed(strategy, readBody(context, strategy.type, validation, strategy.body));
}
