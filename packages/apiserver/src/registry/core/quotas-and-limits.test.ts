import assert from 'node:assert/strict';
import type { LimitRange, LimitRangeItem, ResourceQuota, ResourceQuotaSpec } from '@berth/api';
import { makeMetadata } from '@berth/api/testing';
import { limitRanges } from './limit-ranges.ts';
import { resourceQuotas } from './resource-quotas.ts';

const rangeOf = (...limits: readonly LimitRangeItem[]): LimitRange => ({
  metadata: makeMetadata('range'),
  spec: { limits },
});
const quotaOf = (spec: ResourceQuotaSpec, status = {}): ResourceQuota => ({
  metadata: makeMetadata('quota'),
  spec,
  status,
});
const texts = (errors: readonly { readonly field: string; readonly detail: string }[] = []) =>
  errors.map(({ field, detail }) => `${field}: ${detail}`);

describe('limit ranges', () => {
  const problems = (...limits: readonly LimitRangeItem[]) =>
    texts(limitRanges.validate?.(rangeOf(...limits)));

  it('fill in what follows for containers', () => {
    const container = { type: 'Container', max: { cpu: '2' }, min: { cpu: '1', memory: '1Mi' } };
    assert.deepEqual(limitRanges.defaults?.(rangeOf(container)).spec.limits, [
      { ...container, default: { cpu: '2' }, defaultRequest: { cpu: '2', memory: '1Mi' } },
    ]);
    const pod = rangeOf({ type: 'Pod', max: { cpu: '2' } });
    assert.deepEqual(limitRanges.defaults(pod), pod);
  });

  it('have a list, though an empty one', () => {
    const { metadata } = rangeOf();
    assert.deepEqual(limitRanges.defaults?.({ metadata } as LimitRange).spec, { limits: [] });
  });

  it('are in order with themselves', () => {
    assert.deepEqual(problems({ type: 'Container', min: { cpu: '1' }, max: { cpu: '2' } }), []);
    assert.deepEqual(problems({ type: 'Container', min: { cpu: '3' }, max: { cpu: '2' } }), [
      'spec.limits[0].min[cpu]: Invalid value: "3": min value 3 is greater than max value 2',
    ]);
    assert.deepEqual(
      problems({ type: 'Container', default: { cpu: '1' }, defaultRequest: { cpu: '2' } }),
      [
        'spec.limits[0].defaultRequest[cpu]: Invalid value: "2": default request value 2 is greater than default limit value 1',
      ],
    );
    assert.match(
      problems({
        type: 'Pod',
        min: { cpu: '1' },
        max: { cpu: '2' },
        maxLimitRequestRatio: { cpu: '3' },
      }).join(),
      /ratio 3 is greater than max\/min = 2\.000000/,
    );
  });

  it('say each type once, and name one that there is', () => {
    assert.deepEqual(problems({ type: 'Pod' }, { type: 'Pod' }), [
      'spec.limits[1].type: Duplicate value: "Pod"',
    ]);
    assert.match(problems({ type: 'Node' }).join(), /must be a standard limit type/);
    assert.match(problems({ type: 'Pod', default: { cpu: '1' } }).join(), /`type` is 'Pod'/);
    assert.match(problems({ type: 'PersistentVolumeClaim' }).join(), /neither was provided/);
  });
});

describe('resource quotas', () => {
  const problems = (spec: ResourceQuotaSpec) => texts(resourceQuotas.validate?.(quotaOf(spec)));

  it('count what can be counted', () => {
    assert.deepEqual(
      problems({ hard: { pods: '1', 'requests.cpu': '2', 'count/jobs.batch': '3' } }),
      [],
    );
    assert.match(problems({ hard: { nonsense: '1' } }).join(), /must be a standard resource type/);
    assert.match(problems({ hard: { pods: '1.5' } }).join(), /must be an integer/);
    assert.match(problems({ hard: { 'requests.cpu': '-1' } }).join(), /greater than or equal to 0/);
  });

  it('have scopes that go together', () => {
    assert.deepEqual(problems({ hard: { pods: '1' }, scopes: ['BestEffort'] }), []);
    assert.match(
      problems({ hard: { 'requests.cpu': '1' }, scopes: ['BestEffort'] }).join(),
      /unsupported scope applied to resource/,
    );
    assert.match(
      problems({ scopes: ['Terminating', 'NotTerminating'] }).join(),
      /conflicting scopes/,
    );
    const scopeSelector = {
      matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In' }],
    };
    assert.match(problems({ scopeSelector }).join(), /must be at least one value/);
  });

  it('keep their scopes', () => {
    const change = (scopes: readonly string[]) =>
      texts(
        resourceQuotas.validateUpdate?.(quotaOf({ scopes }), quotaOf({ scopes: ['Terminating'] })),
      );
    assert.deepEqual(change(['Terminating']), []);
    assert.deepEqual(change([]), ['spec.scopes: Invalid value: []: field is immutable']);
  });

  it('show what is used of what there is', () => {
    const quota = quotaOf(
      {},
      { hard: { pods: '5', 'limits.cpu': '2' }, used: { pods: '1', 'limits.cpu': '1' } },
    );
    assert.deepEqual(
      resourceQuotas.columns.slice(0, 3).map(({ cell }) => cell(quota, 0)),
      ['quota', 'pods: 1/5', 'limits.cpu: 1/2'],
    );
  });
});
