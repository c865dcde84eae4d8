import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { ManagedFieldsEntry } from '../gen/types.ts';
import { schemaOf } from '../schema.ts';
import { StatusError } from '../status.ts';
import { applyPatch } from './apply-patch.ts';
import type { Apply } from './apply-patch.ts';
import { fieldSet } from './field-set.ts';
import { updateManagedFields } from './update-managed-fields.ts';

const schema = schemaOf({ group: 'apps', version: 'v1', kind: 'Deployment' });
const apiVersion = 'apps/v1';
const type = { apiVersion, kind: 'Deployment' };
const at = (second: number) => `2024-01-01T00:00:0${second}Z`;

interface Deployment {
  readonly metadata: {
    readonly labels?: Readonly<Record<string, string>>;
    readonly managedFields?: readonly ManagedFieldsEntry[];
  };
  readonly spec: unknown;
}

const deployment = (spec: object, metadata: object = {}) => ({
  ...type,
  metadata: { name: 'web', namespace: 'default', ...metadata },
  spec,
});
const nothing = { ...type, metadata: { name: 'web', namespace: 'default' } };
const withContainers = (containers: unknown, metadata?: object) =>
  deployment({ template: { spec: { containers } } }, metadata);

const apply = (live: unknown, config: unknown, manager = 'a', more: Partial<Apply> = {}) =>
  applyPatch({
    live,
    config,
    manager,
    force: false,
    schema,
    time: at(1),
    apiVersion,
    ...more,
  }) as Deployment;

const update = (before: unknown, after: unknown, manager = 'u', time = at(1)) =>
  updateManagedFields({ before, after, manager, time, apiVersion, schema }) as Deployment;

const withoutManagers = ({ metadata, ...rest }: Deployment): object => {
  const { managedFields: _, ...others } = metadata;
  return { ...rest, metadata: others };
};
const managersOf = ({ metadata }: Deployment): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    (metadata.managedFields ?? []).map(
      ({ manager = '', fieldsV1 }) => [manager, fieldsV1] as const,
    ),
  );

const failure = (run: () => unknown) => {
  try {
    run();
  } catch (err) {
    assert.ok(err instanceof StatusError, String(err));
    return err.status;
  }
  return undefined;
};

describe('applyPatch', () => {
  it('creates an object and writes down who manages what', () => {
    const config = withContainers([{ name: 'c', image: 'x', ports: [{ containerPort: 80 }] }], {
      labels: { app: 'web' },
      finalizers: ['f/1'],
    });
    const created = apply(undefined, config);
    assert.deepEqual(withoutManagers(created), config);
    assert.deepEqual(created.metadata.managedFields, [
      {
        manager: 'a',
        operation: 'Apply',
        apiVersion,
        time: at(1),
        fieldsType: 'FieldsV1',
        fieldsV1: {
          'f:metadata': { 'f:finalizers': { 'v:"f/1"': {} }, 'f:labels': { 'f:app': {} } },
          'f:spec': {
            'f:template': {
              'f:spec': {
                'f:containers': {
                  'k:{"name":"c"}': {
                    '.': {},
                    'f:image': {},
                    'f:name': {},
                    'f:ports': {
                      'k:{"containerPort":80,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {} },
                    },
                  },
                },
              },
            },
          },
        },
      },
    ]);
  });

  it('removes what the manager no longer applies and leaves what others set', () => {
    const first = apply(
      undefined,
      deployment({ replicas: 1, paused: true }, { labels: { a: '1', b: '1' } }),
    );
    const second = update(first, {
      ...first,
      spec: { ...(first.spec as object), minReadySeconds: 5 },
    });
    const third = apply(second, deployment({ replicas: 1 }, { labels: { a: '1' } }));
    assert.deepEqual(
      withoutManagers(third),
      deployment({ replicas: 1, minReadySeconds: 5 }, { labels: { a: '1' } }),
    );
  });

  it('refuses to change what another manager holds, and names the fields', () => {
    const live = update(undefined, deployment({ replicas: 1 }), 'scaler');
    const status = failure(() => apply(live, deployment({ replicas: 2 })));
    assert.equal(status?.code, 409);
    assert.equal(status.reason, 'Conflict');
    assert.equal(
      status.message,
      'Apply failed with 1 conflict: conflict with "scaler" using apps/v1: .spec.replicas',
    );
    assert.deepEqual(status.details?.causes, [
      {
        reason: 'FieldManagerConflict',
        message: 'conflict with "scaler" using apps/v1',
        field: '.spec.replicas',
      },
    ]);
  });

  it('groups several conflicts by manager', () => {
    const applied = apply(undefined, deployment({ replicas: 1 }), 'b');
    const live = updateManagedFields({
      before: applied,
      after: {
        ...applied,
        spec: { ...(applied.spec as object), paused: true, minReadySeconds: 1 },
      },
      manager: 'c',
      subresource: 'status',
      time: at(2),
      apiVersion,
      schema,
    });
    const config = deployment({ replicas: 2, paused: false, minReadySeconds: 2 });
    assert.equal(
      failure(() => apply(live, config))?.message,
      'Apply failed with 3 conflicts: conflicts with "b":\n- .spec.replicas\n' +
        'conflicts with "c" with subresource "status" using apps/v1:\n- .spec.minReadySeconds\n- .spec.paused',
    );
  });

  it('takes fields by force', () => {
    const live = update(undefined, deployment({ replicas: 1, paused: true }), 'scaler');
    const forced = apply(live, deployment({ replicas: 2 }), 'a', { force: true });
    assert.deepEqual(withoutManagers(forced), deployment({ replicas: 2, paused: true }));
    assert.deepEqual(managersOf(forced), {
      a: { 'f:spec': { 'f:replicas': {} } },
      scaler: { 'f:spec': { 'f:paused': {} } },
    });
  });

  it('shares a field that both set to the same value, and keeps it while one does', () => {
    const a = apply(undefined, deployment({ replicas: 1 }));
    const both = apply(a, deployment({ replicas: 1 }, { labels: { b: '1' } }), 'b');
    const left = apply(both, nothing);
    assert.deepEqual(withoutManagers(left), deployment({ replicas: 1 }, { labels: { b: '1' } }));
    assert.deepEqual(Object.keys(managersOf(left)), ['b']);
  });

  it('merges list maps by all their keys, defaults included', () => {
    const port = { containerPort: 53, protocol: 'UDP', name: 'dns' };
    const live = update(undefined, withContainers([{ name: 'c', image: 'x', ports: [port] }]));
    const merged = apply(live, withContainers([{ name: 'c', ports: [{ containerPort: 53 }] }]));
    assert.deepEqual(
      withoutManagers(merged),
      withContainers([{ name: 'c', image: 'x', ports: [port, { containerPort: 53 }] }]),
    );
  });

  it('drops only its own elements of a set and of a list map', () => {
    const live = update(
      undefined,
      withContainers([{ name: 'c', image: 'x' }], { finalizers: ['f/1'] }),
    );
    const applied = apply(
      live,
      withContainers([{ name: 'd', image: 'y' }], { finalizers: ['f/2'] }),
    );
    assert.deepEqual(
      withoutManagers(applied),
      withContainers(
        [
          { name: 'c', image: 'x' },
          { name: 'd', image: 'y' },
        ],
        { finalizers: ['f/1', 'f/2'] },
      ),
    );
    assert.deepEqual(withoutManagers(apply(applied, nothing)), withoutManagers(live));
  });

  it('takes its element away with what an updater set in it, but not from another applier', () => {
    const first = apply(undefined, withContainers([{ name: 'c', image: 'x' }]));
    const updated = update(
      first,
      withContainers([{ name: 'c', image: 'x', tty: true }], first.metadata),
    );
    assert.deepEqual(
      withoutManagers(apply(updated, deployment({}))),
      deployment({ template: { spec: {} } }),
    );
    const both = apply(updated, withContainers([{ name: 'c', stdin: true }]), 'b');
    const left = apply(both, deployment({}));
    assert.deepEqual(
      withoutManagers(left),
      withContainers([{ name: 'c', tty: true, stdin: true }]),
    );
  });

  it('takes an atomic list as one value', () => {
    const live = update(undefined, withContainers([{ name: 'c', args: ['1'] }]), 'u');
    const config = withContainers([{ name: 'c', args: ['2'] }]);
    assert.match(
      failure(() => apply(live, config))?.message ?? '',
      /: \.spec\.template\.spec\.containers\[name="c"\]\.args$/,
    );
    assert.deepEqual(withoutManagers(apply(live, config, 'a', { force: true })), config);
  });

  it('removes by null what nobody else holds', () => {
    const first = apply(undefined, deployment({ replicas: 1, paused: true }));
    assert.deepEqual(
      withoutManagers(apply(first, deployment({ replicas: null, paused: true }))),
      deployment({ paused: true }),
    );
    const other = update(undefined, deployment({ replicas: 1 }));
    assert.equal(failure(() => apply(other, deployment({ replicas: null })))?.code, 409);
  });

  it('attributes what an unmanaged object holds to nobody in particular', () => {
    const live = deployment({ replicas: 1 }, { uid: '1' });
    assert.match(
      failure(() => apply(live, deployment({ replicas: 2 })))?.message ?? '',
      /conflict with "before-first-apply" using apps\/v1: \.spec\.replicas/,
    );
    assert.deepEqual(Object.keys(managersOf(apply(live, deployment({ replicas: 1 })))), [
      'a',
      'before-first-apply',
    ]);
  });

  it('lets kubectl take over what it applied from its side before', () => {
    const config = deployment({ replicas: 1 });
    const annotations = {
      'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(config),
    };
    const live = update(
      undefined,
      deployment({ replicas: 1, paused: true }, { annotations }),
      'kubectl-client-side-apply',
    );
    const next = apply(live, deployment({ replicas: 2 }), 'kubectl');
    assert.deepEqual(next.spec, { replicas: 2, paused: true });
    assert.deepEqual((next.metadata as { annotations?: unknown }).annotations, {
      'kubectl.kubernetes.io/last-applied-configuration': `${JSON.stringify(deployment({ replicas: 2 }))}\n`,
    });
    assert.match(
      failure(() => apply(live, deployment({ replicas: 2, paused: false }), 'kubectl'))?.message ??
        '',
      /1 conflict: .*: \.spec\.paused$/,
    );
    assert.equal(failure(() => apply(live, deployment({ replicas: 2 }), 'other'))?.code, 409);
  });

  it('moves its time only when it changed something', () => {
    const config = deployment({ replicas: 1 });
    const first = apply(undefined, config);
    const again = apply(first, config, 'a', { time: at(5) });
    assert.deepEqual(again, first);
    const more = apply(first, deployment({ replicas: 1, paused: true }), 'a', { time: at(5) });
    assert.equal(more.metadata.managedFields?.[0]?.time, at(5));
  });

  it('leaves fields alone that the request resets', () => {
    const resetFields = fieldSet([['f:status']]);
    const config = { ...deployment({ replicas: 1 }), status: { replicas: 3 } };
    const applied = apply(undefined, config, 'a', { resetFields });
    assert.deepEqual(managersOf(applied), { a: { 'f:spec': { 'f:replicas': {} } } });
  });

  it('merges an object without schema by its maps, lists as one value', () => {
    const custom = (spec: unknown) => ({ apiVersion, kind: 'Foo', metadata: { name: 'x' }, spec });
    const live = apply(undefined, custom({ a: { b: 1 }, list: [1] }), 'a', { schema: undefined });
    const both = apply(live, custom({ a: { c: 2 } }), 'b', { schema: undefined });
    assert.deepEqual(both.spec, { a: { b: 1, c: 2 }, list: [1] });
    assert.equal(
      failure(() => apply(both, custom({ list: [2] }), 'b', { schema: undefined }))?.code,
      409,
    );
  });

  it('refuses what the schema does not have', () => {
    const message = (config: unknown) => failure(() => apply(undefined, config))?.message;
    const prefix = 'failed to create typed patch object (default/web; apps/v1, Kind=Deployment): ';
    assert.equal(failure(() => apply(undefined, deployment({ replica: 1 })))?.code, 400);
    assert.equal(
      message(deployment({ replica: 1 })),
      `${prefix}.spec.replica: field not declared in schema`,
    );
    assert.equal(
      message(deployment({ replicas: 'x', paused: 1 })),
      `${prefix}errors:\n  .spec.replicas: expected numeric (int or float), got string\n  .spec.paused: expected boolean, got &{1}`,
    );
    assert.equal(
      message(withContainers([{ name: 'c' }, { name: 'c' }])),
      `${prefix}.spec.template.spec.containers: duplicate entries for key [name="c"]`,
    );
    assert.equal(
      message(withContainers([{ image: 'x' }])),
      `${prefix}.spec.template.spec.containers: element 0: associative list with keys has an element that omits all key fields ["name"] (and doesn't have default values for any key fields)`,
    );
    assert.equal(
      message(withContainers({})),
      `${prefix}.spec.template.spec.containers: expected list, got &{map[]}`,
    );
  });

  it('refuses another type and a list of managers', () => {
    assert.deepEqual(
      [
        failure(() => apply(undefined, { ...deployment({}), apiVersion: 'v1' })),
        failure(() => apply(undefined, deployment({}, { managedFields: [] }))),
      ].map((status) => [status?.code, status?.message]),
      [
        [400, 'invalid object type: v1, Kind=Deployment'],
        [400, 'metadata.managedFields must be nil'],
      ],
    );
  });
});

describe('laws of apply', () => {
  const name = fc.constantFrom('a', 'b', 'c');
  const container = fc.record(
    {
      name,
      image: fc.constantFrom('x', 'y'),
      args: fc.array(name, { maxLength: 2 }),
      ports: fc.uniqueArray(
        fc.constantFrom(80, 81).map((containerPort) => ({ containerPort })),
        {
          selector: ({ containerPort }) => containerPort,
        },
      ),
      resources: fc.record(
        { limits: fc.constantFrom({}, { cpu: '1' }, { cpu: '2', memory: '1' }) },
        { requiredKeys: [], noNullPrototype: true },
      ),
    },
    { requiredKeys: ['name'], noNullPrototype: true },
  );
  const config = fc
    .record(
      {
        replicas: fc.constantFrom(1, 2),
        paused: fc.boolean(),
        containers: fc.uniqueArray(container, { selector: (item) => item.name, maxLength: 3 }),
        labels: fc.dictionary(name, fc.constantFrom('1', '2'), { noNullPrototype: true }),
        finalizers: fc.uniqueArray(name),
      },
      { requiredKeys: [], noNullPrototype: true },
    )
    .map(({ containers, labels, finalizers, ...spec }) =>
      deployment(
        { ...spec, ...(containers && { template: { spec: { containers } } }) },
        { ...(labels && { labels }), ...(finalizers && { finalizers }) },
      ),
    );
  const force = { force: true };

  it('is idempotent', () => {
    fc.assert(
      fc.property(config, config, config, (live, other, applied) => {
        const stored = apply(update(undefined, live), other, 'b', force);
        const once = apply(stored, applied, 'a', force);
        assert.deepEqual(apply(once, applied, 'a', { time: at(9) }), once);
      }),
      { numRuns: 150 },
    );
  });

  it('never conflicts with itself, and never changes its arguments', () => {
    fc.assert(
      fc.property(config, config, (first, second) => {
        const live = apply(undefined, first);
        const inputs = structuredClone([live, second]);
        apply(live, second);
        assert.deepEqual([live, second], inputs);
      }),
    );
  });

  it('gives what was applied, whatever was applied before', () => {
    const bare = (object: Deployment) => withoutEmpty(withoutManagers(object));
    fc.assert(
      fc.property(config, config, (first, second) => {
        assert.deepEqual(
          bare(apply(apply(undefined, first), second)),
          bare(apply(undefined, second)),
        );
      }),
      { numRuns: 150 },
    );
  });

  it('returns to the state of the others when everything that was applied is taken back', () => {
    const unordered = (object: Deployment) => sorted(withoutEmpty(withoutManagers(object)));
    fc.assert(
      fc.property(config, config, (others, applied) => {
        const live = apply(undefined, others, 'b');
        let mine: Deployment;
        try {
          mine = apply(live, applied);
        } catch (err) {
          assert.ok(err instanceof StatusError && err.status.code === 409);
          return;
        }
        assert.deepEqual(unordered(apply(mine, nothing)), unordered(live));
      }),
      { numRuns: 150 },
    );
  });
});

/** Whether nothing is an empty list, an empty map or absent is not what these laws speak of. */
function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value)
    .map(([name, field]) => [name, withoutEmpty(field)] as const)
    .filter(([, field]) => typeof field !== 'object' || Object.keys(field ?? {}).length > 0);
  return Object.fromEntries(entries);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(sorted).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, field]) => [name, sorted(field)]),
  );
}
