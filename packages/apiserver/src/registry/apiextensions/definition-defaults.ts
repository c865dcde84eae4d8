import type { CustomResourceDefinition } from '@berth/api';
import { asGiven } from '../core/given.ts';

/** Names that follow from the kind, and versions that are the same thing unless said otherwise. */
export function defaultDefinition(object: CustomResourceDefinition): CustomResourceDefinition {
  const spec = asGiven(object).spec ?? {};
  const names = spec.names ?? {};
  const { kind = '' } = names;
  const completed = {
    ...names,
    ...(!names.singular && kind && { singular: kind.toLowerCase() }),
    ...(!names.listKind && kind && { listKind: `${kind}List` }),
  };
  return {
    ...object,
    spec: { ...spec, names: completed, conversion: conversionOf(spec.conversion) },
  } as CustomResourceDefinition;
}

type Conversion = NonNullable<
  ReturnType<typeof asGiven<CustomResourceDefinition>>['spec']
>['conversion'];

function conversionOf(conversion: Conversion) {
  const webhook = conversion?.webhook;
  const service = webhook?.clientConfig?.service;
  return {
    ...conversion,
    strategy: conversion?.strategy || 'None',
    ...(webhook &&
      service && {
        webhook: {
          ...webhook,
          clientConfig: { ...webhook.clientConfig, service: { port: 443, ...service } },
        },
      }),
  };
}
