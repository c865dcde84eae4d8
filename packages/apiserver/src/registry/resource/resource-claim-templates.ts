import type { FieldError, ResourceClaimTemplate } from '@berth/api';
import {
  isDeepEqual,
  resourceClaimTemplates as resourceClaimTemplatesType,
  validateAnnotations,
} from '@berth/api';
import { ageColumn, nameColumn } from '../core/columns.ts';
import { checkLabels, checkUnchanged } from '../core/field-checks.ts';
import { asGiven } from '../core/given.ts';
import type { Strategy } from '../strategy.ts';
import { withRequestDefaults } from './claim-defaults.ts';
import { checkDeviceClaim } from './device-claim.ts';

export const resourceClaimTemplates: Strategy<ResourceClaimTemplate> = {
  type: resourceClaimTemplatesType,
  defaults: (template) => ({
    ...template,
    spec: {
      ...template.spec,
      spec: withRequestDefaults((template.spec as ResourceClaimTemplate['spec'] | undefined)?.spec),
    },
  }),
  validate,
  validateUpdate: ({ spec }, old) => checkUnchanged('spec', spec, isDeepEqual(spec, old.spec)),
  generationOf: () => undefined,
  columns: [nameColumn, ageColumn],
  allowUnconditionalUpdate: true,
};

function validate(template: ResourceClaimTemplate): readonly FieldError[] {
  const { metadata = {}, spec = {} } = asGiven(template).spec ?? {};
  return [
    ...validateAnnotations(metadata.annotations ?? {}, 'spec.metadata.annotations'),
    ...checkLabels('spec.metadata.labels', metadata.labels ?? {}),
    ...checkDeviceClaim('spec.spec.devices', spec.devices ?? {}),
  ];
}
