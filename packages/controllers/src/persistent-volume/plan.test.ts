import assert from 'node:assert/strict';
import type {
  PersistentVolume,
  PersistentVolumeClaim,
  PersistentVolumeSpec,
  StorageClass,
} from '@berth/api';
import { makeMetadata, makePersistentVolume, makePersistentVolumeClaim } from '@berth/api/testing';
import fc from 'fast-check';
import { bindCompleted, boundByController, freeVolume, holdVolume, nameVolume } from './bind.ts';
import { findVolume } from './match.ts';
import { planClaim, planVolume } from './plan.ts';

const claim = makePersistentVolumeClaim('c');
const volume = (name: string, spec: PersistentVolumeSpec = {}, phase = 'Available') =>
  makePersistentVolume(name, spec, { status: { phase } });
const classes: Readonly<Record<string, Partial<StorageClass>>> = {
  late: { provisioner: 'kubernetes.io/no-provisioner', volumeBindingMode: 'WaitForFirstConsumer' },
  local: { provisioner: 'kubernetes.io/no-provisioner' },
  remote: { provisioner: 'example.com/disks' },
};
const decide = (of: PersistentVolumeClaim, ...volumes: readonly PersistentVolume[]) =>
  planClaim({
    claim: of,
    volumes,
    storageClass: (name) => {
      const known = classes[name];
      return known && { metadata: makeMetadata(name), provisioner: '', ...known };
    },
  });
const reasonOf = (decision: ReturnType<typeof planClaim>) =>
  decision.kind === 'bind' ? `bind ${decision.volume.metadata.name}` : decision.tell?.reason;
const ofClass = (storageClassName: string, annotations = {}) =>
  makePersistentVolumeClaim('c', { storageClassName }, { metadata: { annotations } });

describe('findVolume', () => {
  it('is the smallest free one that is large enough, if there is one', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 9 })),
        fc.integer({ min: 1, max: 9 }),
        (sizes, size) => {
          const volumes = sizes.map((n, i) => volume(`v${i}`, { capacity: { storage: `${n}Gi` } }));
          const wanting = makePersistentVolumeClaim('c', {
            resources: { requests: { storage: `${size}Gi` } },
          });
          const fitting = sizes.filter((n) => n >= size);
          const found = findVolume(wanting, volumes, false)?.spec.capacity?.['storage'];
          assert.equal(found, fitting.length > 0 ? `${Math.min(...fitting)}Gi` : undefined);
        },
      ),
    );
  });

  it('is none that is taken, on its way out, or of another kind', () => {
    const others = [
      volume('taken', { claimRef: { namespace: 'default', name: 'other' } }),
      volume('pending', {}, 'Pending'),
      volume('block', { volumeMode: 'Block' }),
      volume('read', { accessModes: ['ReadOnlyMany'] }),
      volume('classy', { storageClassName: 'local' }),
      makePersistentVolume(
        'leaving',
        {},
        { metadata: { deletionTimestamp: 'x' }, status: { phase: 'Available' } },
      ),
    ];
    assert.equal(findVolume(claim, others, false), undefined);
  });
});

describe('planClaim', () => {
  it('binds what fits, or what is held for it, and says why it cannot', () => {
    assert.equal(reasonOf(decide(claim, volume('v'))), 'bind v');
    const held = volume('h', { claimRef: { namespace: 'default', name: 'c' } });
    assert.equal(reasonOf(decide(claim, volume('v'), held)), 'bind h');
    assert.equal(reasonOf(decide(claim)), 'FailedBinding');
    assert.equal(reasonOf(decide(ofClass('missing'))), 'ProvisioningFailed');
    assert.equal(reasonOf(decide(ofClass('local'))), 'ProvisioningFailed');
    const remote = decide(ofClass('remote'));
    assert.equal(reasonOf(remote), 'ExternalProvisioning');
    assert.ok(remote.kind === 'wait' && remote.provisioner === 'example.com/disks');
  });

  it('leaves the choice to the scheduler where the class waits for a pod', () => {
    const late = ofClass('late');
    const free = volume('v', { storageClassName: 'late' });
    assert.equal(reasonOf(decide(late, free)), 'WaitForFirstConsumer');
    const chosen = volume('v', {
      storageClassName: 'late',
      claimRef: { namespace: 'default', name: 'c', uid: late.metadata.uid },
    });
    assert.equal(reasonOf(decide(late, chosen)), 'bind v');
    const selected = ofClass('late', { 'volume.kubernetes.io/selected-node': 'n' });
    assert.equal(reasonOf(decide(selected, free)), 'bind v');
  });

  it('takes the volume that is named, unless it is too small or somebody else has it', () => {
    const naming = makePersistentVolumeClaim('c', { volumeName: 'v' });
    assert.equal(reasonOf(decide(naming, volume('v'), volume('w'))), 'bind v');
    assert.equal(
      reasonOf(decide(naming, volume('v', { capacity: { storage: '1Mi' } }))),
      'VolumeMismatch',
    );
    const taken = volume('v', { claimRef: { namespace: 'default', name: 'other', uid: 'o' } });
    assert.equal(reasonOf(decide(naming, taken)), 'FailedBinding');
    assert.deepEqual(decide(naming), { kind: 'wait' });
  });

  it('is lost when its volume is', () => {
    const metadata = { annotations: { [bindCompleted]: 'yes' } };
    const bound = makePersistentVolumeClaim('c', { volumeName: 'v' }, { metadata });
    assert.equal(reasonOf(decide(bound)), 'ClaimLost');
    const taken = volume('v', { claimRef: { namespace: 'default', name: 'c', uid: 'former' } });
    assert.equal(reasonOf(decide(bound, taken)), 'ClaimMisbound');
  });
});

describe('binding', () => {
  it('comes to the same end from wherever it was cut short', () => {
    const first = holdVolume(volume('v'), claim)!;
    assert.equal(first.spec.claimRef?.uid, claim.metadata.uid);
    assert.equal(holdVolume(first, claim), undefined);
    assert.equal(reasonOf(decide(claim, first)), 'bind v');
    const named = nameVolume(claim, first)!;
    assert.equal(nameVolume(named, first), undefined);
    assert.equal(reasonOf(decide(named, first)), 'bind v');
    assert.equal(named.metadata.annotations?.[boundByController], 'yes');
  });

  it('gives a volume back as it was', () => {
    const held = holdVolume(volume('v'), claim)!;
    assert.equal(freeVolume(held).spec.claimRef, undefined);
    const reserved = volume('v', { claimRef: { namespace: 'default', name: 'c' } });
    const taken = holdVolume(reserved, claim)!;
    assert.equal(taken.metadata.annotations?.[boundByController], undefined);
  });
});

describe('planVolume', () => {
  const held = holdVolume(volume('v'), claim)!;
  const bound = nameVolume(claim, held)!;
  const phaseOf = (of: PersistentVolume, by?: PersistentVolumeClaim) => {
    const decision = planVolume(of, by);
    return decision.kind === 'phase' ? decision.phase : decision.kind;
  };
  it('follows its claim', () => {
    assert.equal(phaseOf(volume('v')), 'Available');
    assert.equal(
      phaseOf(volume('v', { claimRef: { name: 'c', namespace: 'default' } })),
      'Available',
    );
    assert.equal(phaseOf(held, claim), 'leave');
    assert.equal(phaseOf(held, bound), 'Bound');
    assert.equal(phaseOf(held), 'Released');
    const elsewhere = makePersistentVolumeClaim('c', { volumeName: 'w' });
    assert.equal(phaseOf(held, elsewhere), 'free');
  });
  it('is kept when it is released, unless it is to be deleted, and nobody can', () => {
    const released = (spec: PersistentVolumeSpec, metadata = {}) =>
      phaseOf(
        makePersistentVolume(
          'v',
          { ...held.spec, ...spec },
          { metadata, status: { phase: 'Released' } },
        ),
      );
    assert.equal(released({}), 'Released');
    assert.equal(released({ persistentVolumeReclaimPolicy: 'Delete' }), 'Failed');
    const annotations = { 'pv.kubernetes.io/provisioned-by': 'example.com/disks' };
    assert.equal(
      released({ persistentVolumeReclaimPolicy: 'Delete' }, { annotations }),
      'Released',
    );
  });
});
