import assert from 'node:assert/strict';
import { accessReviewProblems } from './access-review-problems.ts';

type Asked = Parameters<typeof accessReviewProblems>[1];

const textsOf = (asked: Asked, metadata = {}) =>
  accessReviewProblems(metadata, asked).map(({ field, detail }) => `${field}: ${detail}`);

describe('problems of an access review', () => {
  it('are none where one thing is asked, narrowed or not', () => {
    assert.deepEqual(textsOf({ nonResourceAttributes: { path: '/', verb: 'get' } }), []);
    const resource = { verb: 'list', resource: 'pods' };
    assert.deepEqual(textsOf({ resourceAttributes: resource }, { managedFields: [] }), []);
    const fieldSelector = { rawSelector: 'spec.nodeName=a' };
    const labelSelector = { requirements: [{ key: 'a', operator: 'Exists' }] };
    assert.deepEqual(
      textsOf({ resourceAttributes: { ...resource, fieldSelector, labelSelector } }),
      [],
    );
  });

  it('are told all at once', () => {
    assert.deepEqual(textsOf({}), [
      'spec.resourceAttributes: Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified',
    ]);
    const labelSelector = {
      requirements: [
        { key: '', operator: 'In' },
        { key: 'a', operator: 'DoesNotExist', values: ['b'] },
        { key: 'a', operator: 'Gt', values: ['1'] },
      ],
    };
    const path = 'spec.resourceAttributes.labelSelector.requirements';
    assert.deepEqual(
      textsOf(
        {
          resourceAttributes: { fieldSelector: {}, labelSelector },
          nonResourceAttributes: { path: '/' },
        },
        { name: 'x' },
      ),
      [
        'spec.nonResourceAttributes: Invalid value: {"path":"/"}: cannot be specified in combination with resourceAttributes',
        'spec.resourceAttributes.fieldSelector.requirements: Required value: when spec.resourceAttributes.fieldSelector is specified, requirements or rawSelector is required',
        `${path}[0].key: Required value: must be specified`,
        `${path}[0].values: Required value: must be specified when \`operator\` is 'In' or 'NotIn'`,
        `${path}[1].values: Forbidden: may not be specified when \`operator\` is 'Exists' or 'DoesNotExist'`,
        `${path}[2].operator: Invalid value: "Gt": not a valid selector operator`,
        'metadata: Invalid value: {"name":"x"}: must be empty',
      ],
    );
  });

  it('name a selector that is said in two ways', () => {
    const requirements = [{ key: 'a', operator: 'In', values: ['b'] }];
    const fieldSelector = { rawSelector: 'a=b', requirements };
    assert.deepEqual(textsOf({ resourceAttributes: { fieldSelector } }), [
      'spec.resourceAttributes.fieldSelector.rawSelector: Invalid value: "a=b": may not specified at the same time as requirements',
    ]);
  });
});
