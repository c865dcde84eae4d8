import { isDeepEqual, podTemplates as type } from '@berth/api';
import type { FieldError, PodTemplate } from '@berth/api';
import type { Strategy } from '../strategy.ts';
import { containerColumns, formatLabels, nameColumn } from './columns.ts';
import { asGiven } from './given.ts';
import { defaultPodTemplate } from './pod-spec/pod-spec-defaults.ts';
import { podWarnings } from './pod-spec/pod-spec-warnings.ts';
import { validatePodTemplate } from './pod-spec/pod-template.ts';

export const podTemplates: Strategy<PodTemplate> = {
  type,
  defaults: (object) => ({ ...object, template: defaultPodTemplate(object.template) }),
  generationOf: ({ template }) => template,
  validate,
  validateUpdate: validate,
  warnings: ({ template = {} }, old) =>
    old && isDeepEqual(template, old.template)
      ? []
      : podWarnings('template', template.metadata ?? {}, template.spec ?? { containers: [] }),
  columns: [
    nameColumn,
    // The template is all there is to see, so its columns are always shown.
    ...containerColumns<PodTemplate>(({ template }) => template?.spec?.containers ?? []).map(
      (column) => ({ ...column, priority: 0 }),
    ),
    {
      name: 'Pod Labels',
      type: 'string',
      description: 'Labels that pods made from it have.',
      cell: ({ template }) => formatLabels(template?.metadata?.labels),
    },
  ],
  allowUnconditionalUpdate: true,
};

function validate(object: PodTemplate): readonly FieldError[] {
  return validatePodTemplate('template', asGiven(object).template ?? {});
}
