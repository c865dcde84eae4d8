import assert from 'node:assert/strict';
import type {
  FieldError,
  PersistentVolume,
  PersistentVolumeClaim,
  PersistentVolumeClaimSpec,
  PersistentVolumeSpec,
} from '@berth/api';
import { createdAt, makePersistentVolume, makePersistentVolumeClaim } from '@berth/api/testing';
import { persistentVolumeClaims } from './persistent-volume-claims.ts';
import { persistentVolumes } from './persistent-volumes.ts';
import { validateInlineVolume } from './persistent-volume-validation.ts';

const texts = (errors: readonly FieldError[] = []) =>
  errors.map(({ field, detail }) => `${field}: ${detail}`);
const now = Date.parse(createdAt) + 60_000;
const context = { now, user: { name: 'a', groups: [] }, warn: () => {} };
const anHourAgo = '2025-12-31T23:00:00Z';

describe('persistent volumes', () => {
  const complete = (volume: PersistentVolume) => persistentVolumes.defaults?.(volume) ?? volume;
  const volumeOf = (spec: PersistentVolumeSpec) => complete(makePersistentVolume('a', spec));
  const problems = (volume: PersistentVolume) => texts(persistentVolumes.validate?.(volume));

  it('get what upstream gives them', () => {
    const bare = { ...makePersistentVolume('a'), spec: { hostPath: { path: '/x' } } };
    const { spec, status } = complete(bare);
    assert.deepEqual(spec, {
      hostPath: { path: '/x', type: '' },
      persistentVolumeReclaimPolicy: 'Retain',
      volumeMode: 'Filesystem',
    });
    assert.deepEqual(status, { phase: 'Pending' });
    const rbd = complete({ ...bare, spec: { rbd: { monitors: ['m'], image: 'i' } } });
    assert.equal(rbd.spec.rbd?.user, 'admin');
  });

  const needed = { nodeSelectorTerms: [{ matchFields: [] }] };
  const mode =
    'supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"';
  const cases: readonly (readonly [string, PersistentVolumeSpec, ...(readonly string[])])[] = [
    ['an ordinary volume', {}],
    ['a local volume', { local: { path: '/x' }, nodeAffinity: { required: needed } }],
    [
      'nothing that a volume needs',
      { accessModes: [], capacity: {}, hostPath: undefined as never },
      'spec.accessModes: Required value',
      'spec.capacity: Required value',
      'spec.capacity: Unsupported value: {}: supported values: "storage"',
      'spec: Required value: must specify a volume type',
    ],
    [
      'words that mean nothing',
      {
        accessModes: ['Never', 'ReadWriteOncePod', 'ReadWriteOnce'],
        persistentVolumeReclaimPolicy: 'Burn',
        volumeMode: 'Tape',
        storageClassName: 'A',
      },
      `spec.accessModes: Unsupported value: "Never": ${mode}`,
      'spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes',
      'spec.persistentVolumeReclaimPolicy: Unsupported value: "Burn": supported values: "Delete", "Recycle", "Retain"',
      `spec.storageClassName: Invalid value: "A": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`,
      'spec.volumeMode: Unsupported value: "Tape": supported values: "Block", "Filesystem"',
    ],
    [
      'less than nothing',
      { capacity: { storage: '-1' } },
      'spec.capacity[storage]: Invalid value: "-1": must be a valid resource quantity',
      'spec.capacity[storage]: Invalid value: "-1": must be greater than zero',
    ],
    [
      'two sources, and a local one that is nowhere',
      {
        hostPath: { path: '/x/..' },
        local: { path: '/x' },
        persistentVolumeReclaimPolicy: 'Recycle',
      },
      `spec.hostPath.path: Invalid value: "/x/..": must not contain '..'`,
      'spec.local: Forbidden: may not specify more than 1 volume type',
      'spec.nodeAffinity: Required value: Local volume requires node affinity',
      `spec.persistentVolumeReclaimPolicy: Forbidden: may not be 'recycle' for a hostPath mount of '/'`,
    ],
    [
      'a driver without a handle, and attributes that it may have',
      {
        csi: { driver: 'd', volumeHandle: '', nodePublishSecretRef: { name: 's' } },
        volumeAttributesClassName: '',
      },
      'spec.csi.volumeHandle: Required value',
      'spec.csi.nodePublishSecretRef.namespace: Required value',
      'spec.volumeAttributesClassName: Required value: an empty string is disallowed',
    ],
    [
      'disks of old',
      {
        hostPath: undefined as never,
        iscsi: { targetPortal: 'p', iqn: 'x', lun: 300, chapAuthSession: true },
      },
      'spec.iscsi.iqn: Invalid value: "x": must be valid format',
      'spec.iscsi.lun: Invalid value: 300: must be between 0 and 255, inclusive',
      'spec.iscsi.secretRef: Required value',
    ],
  ];
  for (const [name, spec, ...expected] of cases) {
    it(`with ${name}`, () => {
      const given = volumeOf(spec);
      const { hostPath, ...rest } = given.spec;
      assert.deepEqual(problems({ ...given, spec: { ...rest, ...(hostPath && { hostPath }) } }), [
        ...expected,
      ]);
    });
  }

  it('stay what and where they are', () => {
    const csi = { driver: 'd', volumeHandle: 'h' };
    const affinityTo = (key: string) => ({
      required: {
        nodeSelectorTerms: [{ matchExpressions: [{ key, operator: 'In', values: ['z'] }] }],
      },
    });
    const old = volumeOf({
      csi,
      nodeAffinity: affinityTo('failure-domain.beta.kubernetes.io/zone'),
      volumeAttributesClassName: 'gold',
    });
    const change = (spec: PersistentVolumeSpec) =>
      texts(persistentVolumes.validateUpdate?.({ ...old, spec: { ...old.spec, ...spec } }, old));
    const secret = { name: 's', namespace: 'n' };
    assert.deepEqual(
      change({
        csi: { ...csi, controllerExpandSecretRef: secret },
        capacity: { storage: '2Gi' },
        nodeAffinity: affinityTo('topology.kubernetes.io/zone'),
        volumeAttributesClassName: 'silver',
      }),
      [],
    );
    assert.deepEqual(
      change({
        csi: { ...csi, volumeHandle: 'other' },
        volumeMode: 'Block',
        nodeAffinity: affinityTo('zone'),
        volumeAttributesClassName: undefined as never,
      }).map((text) => text.replace(/\{.*\}/, '{…}')),
      [
        'spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after creation',
        'volumeMode: Invalid value: "Block": field is immutable',
        'nodeAffinity: Invalid value: {…}: field is immutable, except for updating from beta label to GA',
        'spec.volumeAttributesClassName: Forbidden: update from non-nil value to nil is forbidden',
      ],
    );
  });

  it('know since when they are in their phase', () => {
    const created = persistentVolumes.prepareForCreate?.(volumeOf({}), context);
    assert.deepEqual(created?.status, {
      phase: 'Pending',
      lastPhaseTransitionTime: '2026-01-01T00:01:00Z',
    });
    const withStatus = (status: PersistentVolume['status']) =>
      complete({ ...makePersistentVolume('a'), ...(status && { status }) });
    const old = withStatus({ phase: 'Pending', lastPhaseTransitionTime: anHourAgo });
    const write = (status: PersistentVolume['status']) =>
      persistentVolumes.status?.prepareForUpdate?.(withStatus(status), old, context).status
        ?.lastPhaseTransitionTime;
    assert.equal(write({ phase: 'Pending' }), anHourAgo);
    assert.equal(write({ phase: 'Bound' }), '2026-01-01T00:01:00Z');
    assert.equal(
      write({ phase: 'Bound', lastPhaseTransitionTime: anHourAgo }),
      '2026-01-01T00:01:00Z',
    );
    assert.equal(write({ phase: 'Bound', lastPhaseTransitionTime: createdAt }), createdAt);
  });

  it('warn of what is out of date', () => {
    const volume = makePersistentVolume(
      'a',
      {
        hostPath: undefined as never,
        storageos: { volumeName: 'v' },
        persistentVolumeReclaimPolicy: 'Recycle',
      },
      { metadata: { annotations: { 'volume.beta.kubernetes.io/storage-class': 'x' } } },
    );
    assert.deepEqual(persistentVolumes.warnings?.(volume, undefined), [
      'metadata.annotations[volume.beta.kubernetes.io/storage-class]: deprecated since v1.8; use "storageClassName" attribute instead',
      'spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.',
      'spec.storageOS: deprecated in v1.22, non-functional in v1.25+',
    ]);
  });

  it('are shown as upstream shows them', () => {
    const volume = makePersistentVolume(
      'a',
      {
        accessModes: ['ReadWriteMany', 'ReadWriteOnce'],
        claimRef: { namespace: 'n', name: 'c' },
        storageClassName: 'fast',
      },
      { status: { phase: 'Bound' } },
    );
    assert.deepEqual(
      persistentVolumes.columns.map(({ name, cell }) => [name, cell(volume, now)]),
      [
        ['Name', 'a'],
        ['Capacity', '1Gi'],
        ['Access Modes', 'RWO,RWX'],
        ['Reclaim Policy', 'Retain'],
        ['Status', 'Bound'],
        ['Claim', 'n/c'],
        ['StorageClass', 'fast'],
        ['VolumeAttributesClass', '<unset>'],
        ['Reason', ''],
        ['Age', '60s'],
        ['VolumeMode', 'Filesystem'],
      ],
    );
  });

  it('that are part of an attachment are of CSI and nothing else', () => {
    const csi = { driver: 'd', volumeHandle: 'h' };
    assert.deepEqual(texts(validateInlineVolume('s', { accessModes: ['ReadWriteOnce'], csi })), []);
    const given = { capacity: { storage: '1' }, hostPath: { path: '/' }, volumeMode: 'Block' };
    assert.deepEqual(texts(validateInlineVolume('s', given)), [
      's.capacity: Forbidden: may not be specified in the context of inline volumes',
      's.csi: Required value: has to be specified in the context of inline volumes',
      's.accessModes: Required value',
      's.volumeMode: Forbidden: may not specify volumeMode other than Filesystem in the context of inline volumes',
    ]);
  });
});

describe('persistent volume claims', () => {
  const complete = (claim: PersistentVolumeClaim) =>
    persistentVolumeClaims.defaults?.(claim) ?? claim;
  const claimOf = (spec: PersistentVolumeClaimSpec, phase = 'Pending') =>
    complete(makePersistentVolumeClaim('a', spec, { status: { phase } }));

  const elsewhere = { kind: 'PersistentVolumeClaim', name: 'b', namespace: 'n' };
  const cases: readonly (readonly [string, PersistentVolumeClaimSpec, ...(readonly string[])])[] = [
    ['what an ordinary claim has', {}],
    [
      'nothing that a claim needs',
      { accessModes: [], resources: {} },
      'spec.accessModes: Required value: at least 1 access mode is required',
      'spec.resources[storage]: Required value',
    ],
    [
      'nothing to store',
      { resources: { requests: { storage: '0' } }, volumeMode: 'Tape' },
      'spec.resources[storage]: Invalid value: "0": must be greater than zero',
      'spec.volumeMode: Unsupported value: "Tape": supported values: "Block", "Filesystem"',
    ],
    [
      'two sources that differ',
      { dataSource: { kind: 'X', name: '' }, dataSourceRef: { ...elsewhere, namespace: '' } },
      'spec.dataSource.name: Required value',
      `spec.dataSource: Invalid value: "X": must be 'PersistentVolumeClaim' when referencing the default apiGroup`,
      'spec: Invalid value: "spec.dataSource": must match dataSourceRef',
    ],
    [
      'a source elsewhere and one here',
      {
        dataSource: { kind: 'PersistentVolumeClaim', name: 'b' },
        dataSourceRef: { ...elsewhere, apiGroup: 'A' },
      },
      `spec.dataSourceRef.apiGroup: Invalid value: "A": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`,
      'spec: Invalid value: "spec.dataSource": may not be specified when dataSourceRef.namespace is specified',
    ],
  ];
  for (const [name, spec, ...expected] of cases) {
    it(`with ${name}`, () => {
      assert.deepEqual(texts(persistentVolumeClaims.validate?.(claimOf(spec))), [...expected]);
    });
  }

  it('say in both fields where their data comes from', () => {
    const prepared = (spec: PersistentVolumeClaimSpec) => {
      const claim = persistentVolumeClaims.prepareForCreate?.(claimOf(spec), context);
      return [claim?.spec.dataSource, claim?.spec.dataSourceRef];
    };
    const other = { kind: 'PersistentVolumeClaim', name: 'b' };
    const strange = { apiGroup: 'x.y', kind: 'Z', name: 'b' };
    assert.deepEqual(prepared({ dataSource: other }), [other, other]);
    assert.deepEqual(prepared({ dataSourceRef: strange }), [strange, strange]);
    assert.deepEqual(prepared({ dataSource: strange }), [undefined, undefined]);
    assert.deepEqual(prepared({ dataSourceRef: elsewhere }), [undefined, undefined]);
  });

  const size = (storage: string) => ({ resources: { requests: { storage } } });
  const immutable =
    'spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';
  const changes: readonly (readonly [
    string,
    PersistentVolumeClaimSpec,
    PersistentVolumeClaimSpec,
    string,
    ...(readonly string[]),
  ])[] = [
    ['a volume', {}, { volumeName: 'v' }, 'Pending'],
    ['another volume', { volumeName: 'v' }, { volumeName: 'w' }, 'Bound', immutable],
    ['a class for the first time', {}, { storageClassName: 'fast' }, 'Pending'],
    ['another class', { storageClassName: 'a' }, { storageClassName: 'b' }, 'Pending', immutable],
    ['more storage', {}, size('2Gi'), 'Bound'],
    ['more storage before it has any', {}, size('2Gi'), 'Pending', immutable],
    ['attributes', {}, { volumeAttributesClassName: 'gold' }, 'Bound'],
    [
      'no attributes',
      { volumeAttributesClassName: 'gold' },
      { volumeAttributesClassName: '' },
      'Bound',
      'spec.volumeAttributesClassName: Forbidden: update from non-nil value to an empty string is forbidden',
    ],
    [
      'another mode',
      {},
      { volumeMode: 'Block' },
      'Bound',
      immutable,
      'spec.volumeMode: Invalid value: "Block": field is immutable',
    ],
  ];
  for (const [name, before, after, phase, ...expected] of changes) {
    it(`${expected.length ? 'cannot get' : 'can get'} ${name}`, () => {
      const old = claimOf(before, phase);
      const next = { ...old, spec: { ...old.spec, ...after } };
      assert.deepEqual(texts(persistentVolumeClaims.validateUpdate?.(next, old)), [...expected]);
    });
  }

  it('give up what they asked for and did not get, but not what they have', () => {
    const old = complete(
      makePersistentVolumeClaim('a', size('5Gi'), {
        status: { phase: 'Bound', capacity: { storage: '2Gi' } },
      }),
    );
    const ask = (storage: string) =>
      texts(
        persistentVolumeClaims.validateUpdate?.(
          { ...old, spec: { ...old.spec, ...size(storage) } },
          old,
        ),
      );
    assert.deepEqual(ask('3Gi'), []);
    assert.deepEqual(ask('2Gi'), [
      'spec.resources.requests.storage: Forbidden: field can not be less than status.capacity',
    ]);
  });

  it('take their class from the annotation of old into its field, and nowhere else', () => {
    const key = 'volume.beta.kubernetes.io/storage-class';
    const old = complete(
      makePersistentVolumeClaim('a', {}, { metadata: { annotations: { [key]: 'fast' } } }),
    );
    const moved = { ...old, spec: { ...old.spec, storageClassName: 'fast' } };
    assert.deepEqual(texts(persistentVolumeClaims.validateUpdate?.(moved, old)), []);
    const { annotations: _gone, ...metadata } = old.metadata;
    assert.deepEqual(texts(persistentVolumeClaims.validateUpdate?.({ ...old, metadata }, old)), [
      `metadata.annotations.${key}: Invalid value: "": field is immutable`,
    ]);
  });

  it('have a status that makes sense', () => {
    const claim = makePersistentVolumeClaim(
      'a',
      { accessModes: [] },
      {
        status: {
          capacity: { storage: '-1' },
          allocatedResources: { cpu: '1' },
          allocatedResourceStatuses: { storage: 'Growing' },
        },
      },
    );
    assert.deepEqual(texts(persistentVolumeClaims.status?.validateUpdate?.(claim, claim)), [
      'Spec.accessModes: Required value',
      'status.capacity[storage]: Invalid value: "-1": must be a valid resource quantity',
      'status.allocatedResourceStatus: Unsupported value: "storage": supported values: "ControllerResizeInProgress", "ControllerResizeInfeasible", "NodeResizeInProgress", "NodeResizeInfeasible", "NodeResizePending"',
      'status.allocatedResources: Unsupported value: "cpu": supported values: "storage"',
    ]);
  });

  it('warn of parts of a byte', () => {
    assert.deepEqual(persistentVolumeClaims.warnings?.(claimOf(size('100m')), undefined), [
      'spec.resources.requests[storage]: fractional byte value "100m" is invalid, must be an integer',
    ]);
  });

  it('are shown as upstream shows them', () => {
    const claim = makePersistentVolumeClaim(
      'a',
      { volumeName: 'v', storageClassName: 'fast' },
      { status: { phase: 'Bound', capacity: { storage: '2Gi' }, accessModes: ['ReadWriteOnce'] } },
    );
    const row = (object: PersistentVolumeClaim) =>
      persistentVolumeClaims.columns.map(({ cell }) => cell(object, now));
    assert.deepEqual(
      persistentVolumeClaims.columns.map(({ name }) => name),
      [
        ...['Name', 'Status', 'Volume', 'Capacity', 'Access Modes', 'StorageClass'],
        ...['VolumeAttributesClass', 'Age', 'VolumeMode'],
      ],
    );
    assert.deepEqual(row(claim), [
      ...['a', 'Bound', 'v', '2Gi', 'RWO', 'fast', '<unset>', '60s', 'Filesystem'],
    ]);
    const leaving = {
      ...claimOf({}),
      metadata: { ...claim.metadata, deletionTimestamp: createdAt },
    };
    assert.deepEqual(row(leaving).slice(1, 5), ['Terminating', '', '', '']);
  });
});
