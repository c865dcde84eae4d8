import type { HorizontalPodAutoscaler } from '@berth/api';
import { horizontalPodAutoscalers } from '@berth/api';
import { ageColumn, nameColumn } from '../core/columns.ts';
import { asGiven } from '../core/given.ts';
import type { Strategy } from '../strategy.ts';
import { defaultHpa } from './hpa-defaults.ts';
import { formatTargets } from './hpa-targets.ts';
import { validateHpa, validateHpaStatus } from './hpa-validation.ts';

export const hpa: Strategy<HorizontalPodAutoscaler> = {
  type: horizontalPodAutoscalers,
  defaults: defaultHpa,
  prepareForCreate: (object) => ({ ...object, status: { desiredReplicas: 0 } }),
  prepareForUpdate: (object, old) => ({ ...object, ...(old.status && { status: old.status }) }),
  validate: (object) => validateHpa(object),
  validateUpdate: validateHpa,
  status: { validateUpdate: validateHpaStatus },
  generationOf: () => undefined,
  columns: [
    nameColumn,
    {
      name: 'Reference',
      type: 'string',
      description: 'What is scaled.',
      cell: (object) => {
        const { kind = '', name = '' } = asGiven(object).spec?.scaleTargetRef ?? {};
        return `${kind}/${name}`;
      },
    },
    {
      name: 'Targets',
      type: 'string',
      description: 'What is measured, and what is wanted.',
      cell: formatTargets,
    },
    {
      name: 'MinPods',
      type: 'string',
      description: 'Fewest pods.',
      cell: ({ spec }) => (spec.minReplicas === undefined ? '<unset>' : String(spec.minReplicas)),
    },
    {
      name: 'MaxPods',
      type: 'string',
      description: 'Most pods.',
      cell: (object) => asGiven(object).spec?.maxReplicas ?? 0,
    },
    {
      name: 'Replicas',
      type: 'string',
      description: 'Pods there are.',
      cell: ({ status }) => status?.currentReplicas ?? 0,
    },
    ageColumn,
  ],
  allowUnconditionalUpdate: true,
};
