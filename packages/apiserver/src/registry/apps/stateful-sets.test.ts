import assert from 'node:assert/strict';
import type { FieldError, StatefulSet, StatefulSetSpec } from '@berth/api';
import {
  createdAt,
  makeMetadata,
  makePersistentVolumeClaim,
  makePodTemplate,
  makeStatefulSet,
} from '@berth/api/testing';
import { statefulSets } from './stateful-sets.ts';

const texts = (errors: readonly FieldError[] = []) =>
  errors.map(({ field, detail }) => `${field}: ${detail}`);
const complete = (set: StatefulSet) => statefulSets.defaults?.(set) ?? set;
const setOf = (spec: Partial<StatefulSetSpec>) => complete(makeStatefulSet('a', spec));
const context = { now: 0, user: { name: 'a', groups: [] }, warn: () => {} };

const claim = makePersistentVolumeClaim('data');
const mounting = (name: string) =>
  makePodTemplate(
    { app: 'a' },
    { containers: [{ name: 'c', image: 'i', volumeMounts: [{ name, mountPath: '/x' }] }] },
  );

describe('stateful sets', () => {
  it('get what upstream gives them', () => {
    const { template, selector: _, ...spec } = setOf({}).spec;
    assert.deepEqual(spec, {
      serviceName: 'a',
      replicas: 1,
      podManagementPolicy: 'OrderedReady',
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
      revisionHistoryLimit: 10,
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
    });
    assert.equal(template.spec?.restartPolicy, 'Always');
    const kept = setOf({ updateStrategy: { type: 'RollingUpdate' } }).spec.updateStrategy;
    assert.deepEqual(kept, { type: 'RollingUpdate' });
    const named = { metadata: makeMetadata('data'), spec: {} };
    const [first] = setOf({ volumeClaimTemplates: [named] }).spec.volumeClaimTemplates ?? [];
    assert.deepEqual(first, {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      ...named,
      spec: { volumeMode: 'Filesystem' },
      status: { phase: 'Pending' },
    });
  });

  const mismatch =
    'spec.template.metadata.labels: Invalid value: {"app":"a"}: `selector` does not match template `labels`';
  const cases: readonly (readonly [string, Partial<StatefulSetSpec>, ...(readonly string[])])[] = [
    ['an ordinary set', {}],
    ['a claim that is mounted', { template: mounting('data'), volumeClaimTemplates: [claim] }],
    [
      'a volume that is nowhere',
      { template: mounting('data') },
      'spec.template.spec.containers[0].volumeMounts[0].name: Not found: "data"',
    ],
    [
      'a claim for nothing',
      { volumeClaimTemplates: [{ ...claim, spec: {} }] },
      'spec.volumeClaimTemplates[0].spec.accessModes: Required value: at least 1 access mode is required',
      'spec.volumeClaimTemplates[0].spec.resources[storage]: Required value',
    ],
    ['another selector', { selector: { matchLabels: { app: 'b' } } }, mismatch],
    ['no selector', { selector: undefined as never }, 'spec.selector: Required value', mismatch],
    [
      'an empty selector',
      { selector: {} },
      'spec.selector: Invalid value: {}: empty selector is invalid for statefulset',
    ],
    [
      'negative numbers',
      { replicas: -1, minReadySeconds: -1, ordinals: { start: -1 } },
      'spec.replicas: Invalid value: -1: must be greater than or equal to 0',
      'spec.minReadySeconds: Invalid value: -1: must be greater than or equal to 0',
      'spec.ordinals.start: Invalid value: -1: must be greater than or equal to 0',
    ],
    [
      'words that mean nothing',
      {
        podManagementPolicy: 'Chaos',
        updateStrategy: { type: 'Never' },
        persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Burn' },
        serviceName: 'A',
      },
      `spec.podManagementPolicy: Invalid value: "Chaos": must be 'OrderedReady' or 'Parallel'`,
      `spec.updateStrategy: Invalid value: {"type":"Never"}: must be 'RollingUpdate' or 'OnDelete'`,
      'spec.persistentVolumeClaimRetentionPolicy.whenDeleted: Unsupported value: "Burn": supported values: "Retain", "Delete"',
      `spec.serviceName: Invalid value: "A": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')`,
    ],
    [
      'a partition that is never rolled',
      { updateStrategy: { type: 'OnDelete', rollingUpdate: { partition: 1 } } },
      `spec.updateStrategy.rollingUpdate: Invalid value: {"partition":1}: only allowed for updateStrategy 'RollingUpdate'`,
    ],
    [
      'none and more than all',
      { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '0%' } } },
      'spec.updateStrategy.rollingUpdate.maxUnavailable: Invalid value: "0%": cannot be 0',
    ],
    [
      'pods that end',
      {
        template: makePodTemplate(
          { app: 'a' },
          { restartPolicy: 'Never', activeDeadlineSeconds: 9 },
        ),
      },
      'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
      'spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in StatefulSet is not Supported',
    ],
  ];
  for (const [name, spec, ...expected] of cases) {
    it(`with ${name}`, () => {
      assert.deepEqual(texts(statefulSets.validate?.(setOf(spec))), [...expected]);
    });
  }

  it('change only in what is theirs to change', () => {
    const old = setOf({});
    const change = (spec: Partial<StatefulSetSpec>) =>
      texts(statefulSets.validateUpdate?.({ ...old, spec: { ...old.spec, ...spec } }, old));
    assert.deepEqual(
      change({
        replicas: 3,
        ordinals: { start: 1 },
        minReadySeconds: 1,
        revisionHistoryLimit: 1,
        updateStrategy: { type: 'OnDelete' },
        persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete', whenScaled: 'Delete' },
      }),
      [],
    );
    assert.deepEqual(change({ serviceName: 'b' }), [
      "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
    ]);
  });

  it('from before a rule are still scaled', () => {
    const old = setOf({ template: mounting('data'), serviceName: 'A' });
    assert.notDeepEqual(texts(statefulSets.validate?.(old)), []);
    const next = { ...old, spec: { ...old.spec, replicas: 2 } };
    assert.deepEqual(texts(statefulSets.validateUpdate?.(next, old)), []);
  });

  it('lose how many may be missing, unless they had it already', () => {
    const updateStrategy = {
      type: 'RollingUpdate',
      rollingUpdate: { partition: 0, maxUnavailable: 2 },
    };
    const set = setOf({ updateStrategy });
    const created = statefulSets.prepareForCreate?.(set, context) ?? set;
    assert.deepEqual(created.spec.updateStrategy?.rollingUpdate, { partition: 0 });
    const kept = statefulSets.prepareForUpdate?.(set, set, context) ?? created;
    assert.deepEqual(kept.spec.updateStrategy, updateStrategy);
  });

  it('have a status whose numbers fit', () => {
    const set = makeStatefulSet('a', {}, { status: { replicas: 1, readyReplicas: 2 } });
    const old = makeStatefulSet('a', {}, { status: { replicas: 1, collisionCount: 1 } });
    assert.deepEqual(texts(statefulSets.status?.validateUpdate?.(set, old)), [
      'status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas',
      'status.collisionCount: Invalid value: 0: cannot be decremented',
    ]);
  });

  it('warn of claims and limits that make no sense', () => {
    const spec = { ...claim.spec, resources: { requests: { storage: '1500m' } } };
    const set = setOf({ revisionHistoryLimit: -1, volumeClaimTemplates: [{ ...claim, spec }] });
    assert.deepEqual(statefulSets.warnings?.(set, undefined), [
      'spec.volumeClaimTemplates[0].Spec.resources.requests[storage]: fractional byte value "1500m" is invalid, must be an integer',
      'spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended',
    ]);
    assert.deepEqual(statefulSets.warnings(set, set), []);
  });

  it('are shown as upstream shows them', () => {
    const set = makeStatefulSet(
      'a',
      { replicas: 3 },
      { status: { replicas: 3, readyReplicas: 2 } },
    );
    const at = Date.parse(createdAt) + 60_000;
    assert.deepEqual(
      statefulSets.columns.map(({ name, cell }) => [name, cell(set, at)]),
      [
        ['Name', 'a'],
        ['Ready', '2/3'],
        ['Age', '60s'],
        ['Containers', 'main'],
        ['Images', 'example.com/app:1'],
      ],
    );
  });
});
