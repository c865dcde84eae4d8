import { invalidValue, isPercent, percentRule } from '@berth/api';
import type { FieldError, IntOrString } from '@berth/api';
import { checkNonNegative } from '../core/field-checks.ts';

/** A number of pods or a percentage of them. */
export const checkShare = (path: string, share: IntOrString): readonly FieldError[] =>
  typeof share === 'number'
    ? checkNonNegative(path, share)
    : percentRule(share).map((problem) => invalidValue(path, share, problem));

/** Nobody can do without more pods than there are. */
export const checkAtMostAll = (path: string, share: IntOrString): readonly FieldError[] =>
  typeof share === 'string' && isPercent(share) && Number.parseInt(share, 10) > 100
    ? [invalidValue(path, share, 'must not be greater than 100%')]
    : [];

/** 0, 0 %, and what is no number at all. */
export const isNone = (share: IntOrString): boolean =>
  typeof share === 'number' ? share === 0 : (Number.parseInt(share, 10) || 0) === 0;
