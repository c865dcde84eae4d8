import type { Attributes } from '../admission/admission.ts';
import { completeAs } from './complete.ts';
import type { Resource, Write } from './resource.ts';

type Circumstances = Pick<
  Attributes,
  | 'type'
  | 'subresource'
  | 'user'
  | 'dryRun'
  | 'warn'
  | 'annotate'
  | 'options'
  | 'lifetime'
  | 'complete'
>;

/** What admission is told of every write to a resource. */
export const admissionOf = (
  { type, strategy }: Resource,
  { user, dryRun, subresource, warn, annotate, options, lifetime }: Write,
): Circumstances => ({
  type,
  subresource,
  user,
  dryRun,
  warn,
  ...(annotate && { annotate }),
  ...(options && { options }),
  ...(lifetime && { lifetime }),
  complete: (value) => completeAs(strategy, value),
});
