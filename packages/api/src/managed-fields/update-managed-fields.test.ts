import assert from 'node:assert/strict';
import type { ManagedFieldsEntry } from '../gen/types.ts';
import { schemaOf } from '../schema.ts';
import { fieldSet } from './field-set.ts';
import { updateManagedFields } from './update-managed-fields.ts';
import type { Update } from './update-managed-fields.ts';

const schema = schemaOf({ group: '', version: 'v1', kind: 'Pod' });
const at = (second: number) => `2024-01-01T00:00:${String(second).padStart(2, '0')}Z`;

interface Pod {
  readonly metadata: {
    readonly managedFields?: readonly ManagedFieldsEntry[];
    readonly [name: string]: unknown;
  };
  readonly [name: string]: unknown;
}

const pod = (spec: object, metadata: object = {}): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'x', uid: '1', resourceVersion: '1', ...metadata },
  spec,
});

const update = (before: Pod | undefined, after: Pod, more: Partial<Update<Pod>> = {}) =>
  updateManagedFields({
    before,
    after,
    manager: 'u',
    time: at(1),
    apiVersion: 'v1',
    schema,
    ...more,
  });

const entries = (object: Pod) =>
  (object.metadata.managedFields ?? []).map(({ manager, time, fieldsV1 }) => [
    manager,
    time,
    fieldsV1,
  ]);

const node = (name: string) => ({ nodeName: name });
const ofSpec = (...names: string[]) => ({
  'f:spec': Object.fromEntries(names.map((name) => [`f:${name}`, {}])),
});

describe('updateManagedFields', () => {
  it('gives a new object to its creator', () => {
    const created = update(
      undefined,
      pod(
        { containers: [{ name: 'c', image: 'x', securityContext: { privileged: true } }] },
        { labels: { a: 'b' } },
      ),
    );
    assert.deepEqual(created.metadata.managedFields, [
      {
        manager: 'u',
        operation: 'Update',
        apiVersion: 'v1',
        time: at(1),
        fieldsType: 'FieldsV1',
        fieldsV1: {
          'f:metadata': { 'f:labels': { '.': {}, 'f:a': {} } },
          'f:spec': {
            'f:containers': {
              '.': {},
              'k:{"name":"c"}': {
                '.': {},
                'f:image': {},
                'f:name': {},
                'f:securityContext': { '.': {}, 'f:privileged': {} },
              },
            },
          },
        },
      },
    ]);
  });

  it('moves what changed to the writer', () => {
    const created = update(undefined, pod({ nodeName: 'a', priority: 1, hostname: 'h' }));
    const { managedFields } = created.metadata;
    const changed = update(created, pod({ nodeName: 'b', priority: 1 }, { managedFields }), {
      manager: 'v',
      time: at(2),
    });
    assert.deepEqual(entries(changed), [
      ['u', at(1), ofSpec('priority')],
      ['v', at(2), ofSpec('nodeName')],
    ]);
  });

  it('keeps one entry per manager, and its time while nothing changes', () => {
    const first = update(undefined, pod(node('a')));
    const second = update(first, pod({ nodeName: 'a', priority: 1 }, first.metadata), {
      time: at(2),
    });
    assert.deepEqual(entries(second), [['u', at(2), ofSpec('nodeName', 'priority')]]);
    const third = update(second, pod({ nodeName: 'a', priority: 1 }, second.metadata), {
      time: at(3),
    });
    assert.deepEqual(third, second);
  });

  it('keeps requests for a subresource apart, and believes no list that comes through one', () => {
    const first = update(undefined, pod(node('a')));
    const status = { ...pod(node('a'), { managedFields: [] }), status: { phase: 'Running' } };
    const second = update(first, status, { subresource: 'status', time: at(2) });
    assert.deepEqual(
      second.metadata.managedFields?.map(({ manager, subresource }) => [manager, subresource]),
      [
        ['u', undefined],
        ['u', 'status'],
      ],
    );
  });

  it('keeps the list that a client forgot, and drops the one that it erased', () => {
    const first = update(undefined, pod(node('a')));
    assert.deepEqual(update(first, pod(node('a'))), first);
    for (const managedFields of [[], [{}]]) {
      const erased = update(first, pod(node('b'), { managedFields }));
      assert.equal(erased.metadata.managedFields, undefined);
    }
    assert.equal(update(pod(node('a')), pod(node('b'))).metadata.managedFields, undefined);
  });

  it('takes over a list that the client wrote, when it can be read', () => {
    const first = update(undefined, pod(node('a')));
    const own = { ...first.metadata.managedFields?.[0], manager: 'w' };
    assert.deepEqual(entries(update(first, pod(node('a'), { managedFields: [own] }))), [
      ['w', at(1), ofSpec('nodeName')],
    ]);
    const broken = { ...own, fieldsV1: { 'k:': {} } };
    assert.deepEqual(update(first, pod(node('a'), { managedFields: [broken] })), first);
  });

  it('gives nobody what the request resets or the server sets', () => {
    const status = { ...pod({}, { generation: 2 }), status: { phase: 'Running' } };
    const created = update(undefined, status, { resetFields: fieldSet([['f:status']]) });
    assert.equal(created.metadata.managedFields, undefined);
  });

  it('merges the oldest updaters when there are more than ten', () => {
    let object = update(undefined, pod({}, { labels: { l0: '0' } }), {
      manager: 'm0',
      time: at(0),
    });
    for (let index = 1; index < 14; index++) {
      const labels = { ...(object.metadata['labels'] as object), [`l${index}`]: '1' };
      object = update(object, pod({}, { ...object.metadata, labels }), {
        manager: `m${index}`,
        time: at(index),
      });
    }
    assert.deepEqual(
      entries(object).map(([manager, time]) => [manager, time]),
      [
        ['ancient-changes', at(4)],
        ...Array.from({ length: 9 }, (_, index) => [`m${index + 5}`, at(index + 5)]),
      ],
    );
    const [ancient] = object.metadata.managedFields ?? [];
    assert.deepEqual(ancient?.fieldsV1, {
      'f:metadata': {
        'f:labels': { '.': {}, 'f:l0': {}, 'f:l1': {}, 'f:l2': {}, 'f:l3': {}, 'f:l4': {} },
      },
    });
  });

  it('leaves claims made in another version alone', () => {
    const first = update(undefined, pod(node('a')), { apiVersion: 'v2' });
    const second = update(first, pod(node('b'), first.metadata), { manager: 'v' });
    assert.deepEqual(entries(second), [
      ['u', at(1), ofSpec('nodeName')],
      ['v', at(1), ofSpec('nodeName')],
    ]);
  });

  it('forgets managers rather than refuse an object that it cannot describe', () => {
    const odd = pod({ containers: [{ image: 'x' }] });
    assert.deepEqual(update(undefined, odd), odd);
  });
});
