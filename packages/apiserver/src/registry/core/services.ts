import type { Service } from '@berth/api';
import { services as servicesType } from '@berth/api';
import type { Strategy } from '../strategy.ts';
import { serviceColumns } from './service-columns.ts';
import { defaultService } from './service-defaults.ts';
import { carryOver, completeNew } from './service-prepare.ts';
import { validateLoadBalancerStatus, validateServiceChange } from './service-update.ts';
import { validateService } from './service-validation.ts';

export const services: Strategy<Service> = {
  type: servicesType,
  defaults: defaultService,
  prepareForCreate: completeNew,
  prepareForUpdate: carryOver,
  validate: validateService,
  validateUpdate: (service, old) => [
    ...validateServiceChange(service, old),
    ...validateService(service),
  ],
  status: { validateUpdate: validateLoadBalancerStatus },
  generationOf: () => undefined,
  selectable: ['spec.clusterIP', 'spec.type'],
  selectableFields: ({ spec }) => ({
    'spec.clusterIP': spec.clusterIP ?? '',
    'spec.type': spec.type ?? '',
  }),
  columns: serviceColumns,
  nameKind: 'label1035',
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: true,
  returnsDeleted: true,
};
