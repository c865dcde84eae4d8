import { invalidValue, parseQuantity } from '@berth/api';
import type { FieldError } from '@berth/api';

/** Less than nothing is no amount. */
export const checkAmount = (path: string, size: string): readonly FieldError[] =>
  parseQuantity(size).nanos < 0n
    ? [invalidValue(path, size, 'must be a valid resource quantity')]
    : [];

/** An amount that is more than nothing. */
export const checkPositive = (path: string, size: string): readonly FieldError[] =>
  parseQuantity(size).nanos > 0n ? [] : [invalidValue(path, size, 'must be greater than zero')];
