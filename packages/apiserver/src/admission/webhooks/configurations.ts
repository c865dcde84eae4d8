import type {
  MutatingWebhookConfiguration,
  ResourceType,
  ValidatingWebhookConfiguration,
} from '@berth/api';

const row = { group: 'admissionregistration.k8s.io', version: 'v1', namespaced: false };

export const mutatingWebhookConfigurations: ResourceType<MutatingWebhookConfiguration> = {
  ...row,
  resource: 'mutatingwebhookconfigurations',
  singular: 'mutatingwebhookconfiguration',
  kind: 'MutatingWebhookConfiguration',
  shortNames: [],
  categories: ['api-extensions'],
};

export const validatingWebhookConfigurations: ResourceType<ValidatingWebhookConfiguration> = {
  ...row,
  resource: 'validatingwebhookconfigurations',
  singular: 'validatingwebhookconfiguration',
  kind: 'ValidatingWebhookConfiguration',
  shortNames: [],
  categories: ['api-extensions'],
};
