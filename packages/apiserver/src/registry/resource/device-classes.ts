import type { DeviceClass, FieldError } from '@berth/api';
import { deviceClasses as deviceClassesType, invalidValue } from '@berth/api';
import { ageColumn, nameColumn } from '../core/columns.ts';
import { asGiven } from '../core/given.ts';
import { checkItems } from '../core/list-checks.ts';
import { isExtended } from '../core/pod-spec/resources.ts';
import type { Strategy } from '../strategy.ts';
import { checkSelectors } from './device-claim.ts';
import { checkConfiguration } from './device-configuration.ts';

const mostConfigs = 32;

export const deviceClasses: Strategy<DeviceClass> = {
  type: deviceClassesType,
  defaults: (object) => ({ ...object, spec: asGiven(object).spec ?? {} }) as DeviceClass,
  validate,
  validateUpdate: validate,
  columns: [nameColumn, ageColumn],
  allowUnconditionalUpdate: true,
};

function validate(object: DeviceClass): readonly FieldError[] {
  const { selectors = [], config = [], extendedResourceName } = asGiven(object).spec ?? {};
  return [
    ...checkSelectors('spec.selectors', selectors),
    ...checkItems('spec.config', config, mostConfigs, checkConfiguration),
    ...(extendedResourceName === undefined || isExtended(extendedResourceName)
      ? []
      : [
          invalidValue(
            'spec.extendedResourceName',
            extendedResourceName,
            'must be a valid extended resource name',
          ),
        ]),
  ];
}
