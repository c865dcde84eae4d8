import type { LimitRange, ResourceQuota, ResourceType } from '@berth/api';

const row = { group: '', version: 'v1', namespaced: true, categories: [] };

export const limitRanges: ResourceType<LimitRange> = {
  ...row,
  resource: 'limitranges',
  singular: 'limitrange',
  kind: 'LimitRange',
  shortNames: ['limits'],
};

export const resourceQuotas: ResourceType<ResourceQuota> = {
  ...row,
  resource: 'resourcequotas',
  singular: 'resourcequota',
  kind: 'ResourceQuota',
  shortNames: ['quota'],
};
