import type { HorizontalPodAutoscaler, V1HorizontalPodAutoscaler } from '@berth/api';
import { horizontalPodAutoscalers, horizontalPodAutoscalersV1 } from '@berth/api';
import type { Strategy } from '../strategy.ts';
import { fromHpaV2, toHpaV2 } from './convert-v1.ts';
import { hpa } from './hpa.ts';
import { validateHpa, validateHpaStatus } from './hpa-validation.ts';

/** The older view of the same autoscalers; what it has no fields for travels in annotations. */
export const hpaV1: Strategy<V1HorizontalPodAutoscaler> = {
  type: horizontalPodAutoscalersV1,
  defaults: (object) => fromHpaV2(toHpaV2(object)),
  prepareForCreate: (object) => fromHpaV2({ ...toHpaV2(object), status: { desiredReplicas: 0 } }),
  prepareForUpdate: (object, old) => {
    const { status } = toHpaV2(old);
    return fromHpaV2({ ...toHpaV2(object), ...(status && { status }) });
  },
  validate: (object) => validateHpa(toHpaV2(object)),
  validateUpdate: (object, old) => validateHpa(toHpaV2(object), toHpaV2(old)),
  status: { validateUpdate: (object) => validateHpaStatus(toHpaV2(object)) },
  generationOf: () => undefined,
  columns: hpa.columns.map(({ cell, ...column }) => ({
    ...column,
    cell: (object, now) => cell(toHpaV2(object), now),
  })),
  allowUnconditionalUpdate: true,
  storedAs: {
    type: horizontalPodAutoscalers,
    toStored: toHpaV2,
    fromStored: (object) => fromHpaV2(object as HorizontalPodAutoscaler),
  },
};
