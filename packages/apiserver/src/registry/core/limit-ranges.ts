import { limitRanges as type } from '@berth/api';
import type { LimitRange } from '@berth/api';
import type { Strategy } from '../strategy.ts';
import { createdAtColumn, nameColumn } from './columns.ts';
import { defaultLimitItem, validateLimitRange } from './limit-range-items.ts';
import { asGiven } from './given.ts';

export const limitRanges: Strategy<LimitRange> = {
  type,
  defaults: (range) => ({
    ...range,
    spec: {
      limits: ((asGiven(range).spec?.limits ?? []) as LimitRange['spec']['limits']).map(
        defaultLimitItem,
      ),
    },
  }),
  generationOf: () => undefined,
  validate: validateLimitRange,
  validateUpdate: validateLimitRange,
  columns: [nameColumn, createdAtColumn],
  allowUnconditionalUpdate: true,
};
