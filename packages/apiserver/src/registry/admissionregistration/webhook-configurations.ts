import type {
  KubeObject,
  MutatingWebhookConfiguration,
  ValidatingWebhook,
  ValidatingWebhookConfiguration,
} from '@berth/api';
import {
  mutatingWebhookConfigurations as mutatingType,
  validatingWebhookConfigurations as validatingType,
} from '@berth/api';
import { ageColumn, nameColumn } from '../core/columns.ts';
import { asGiven } from '../core/given.ts';
import type { Strategy } from '../strategy.ts';
import { withScope } from './match-resources.ts';
import { checkWebhooks } from './webhook-validation.ts';
import type { Webhook } from './webhook-validation.ts';

interface Configuration extends KubeObject {
  readonly webhooks?: readonly Webhook[];
}

export const validatingWebhookConfigurations: Strategy<ValidatingWebhookConfiguration> = {
  ...strategyFor<ValidatingWebhookConfiguration>(),
  type: validatingType,
  defaults: (configuration) => ({
    ...configuration,
    ...(configuration.webhooks && { webhooks: configuration.webhooks.map(withDefaults) }),
  }),
};

export const mutatingWebhookConfigurations: Strategy<MutatingWebhookConfiguration> = {
  ...strategyFor<MutatingWebhookConfiguration>(),
  type: mutatingType,
  defaults: (configuration) => ({
    ...configuration,
    ...(configuration.webhooks && {
      webhooks: configuration.webhooks.map((webhook) => ({
        ...withDefaults(webhook),
        reinvocationPolicy: webhook.reinvocationPolicy ?? 'Never',
      })),
    }),
  }),
};

function strategyFor<T extends Configuration>(): Omit<Strategy<T>, 'type'> {
  const validate = (configuration: T) =>
    checkWebhooks(asGiven<Configuration>(configuration).webhooks ?? []);
  return {
    validate,
    validateUpdate: validate,
    generationOf: ({ webhooks = [] }) => webhooks,
    columns: [
      nameColumn,
      {
        name: 'Webhooks',
        type: 'integer',
        description: 'How many webhooks are registered.',
        cell: ({ webhooks = [] }) => webhooks.length,
      },
      ageColumn,
    ],
  };
}

function withDefaults<W extends ValidatingWebhook>(webhook: W): W {
  const { service } = asGiven<ValidatingWebhook>(webhook).clientConfig ?? {};
  return {
    ...webhook,
    failurePolicy: webhook.failurePolicy ?? 'Fail',
    matchPolicy: webhook.matchPolicy ?? 'Equivalent',
    namespaceSelector: webhook.namespaceSelector ?? {},
    objectSelector: webhook.objectSelector ?? {},
    timeoutSeconds: webhook.timeoutSeconds ?? 10,
    ...(webhook.rules && { rules: webhook.rules.map(withScope) }),
    ...(service && {
      clientConfig: {
        ...webhook.clientConfig,
        service: { ...service, port: service.port ?? 443 },
      },
    }),
  };
}
