import assert from 'node:assert/strict';
import {
  csiNodes,
  persistentVolumeClaims,
  persistentVolumes,
  storageClasses,
  volumeAttachments,
} from '@berth/api';
import type {
  CSINode,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  StorageClass,
  Volume,
  VolumeAttachment,
} from '@berth/api';
import { makeMetadata, makeNode, makePod } from '@berth/api/testing';
import fc from 'fast-check';
import { createClusterState } from '../../cluster-state.ts';
import { createEngine } from '../../engine/engine.ts';
import { failureMessage } from '../../failure-message.ts';
import { failureMessage as oracleMessage, ruleOn } from '../../testing/index.ts';
import type { World } from '../../testing/index.ts';
import { defaultPlugins } from '../../profiles.ts';

const zone = 'topology.kubernetes.io/zone';
const driver = 'disks.example.com';
const unnamespaced = (name: string, rest = {}) => {
  const { namespace: _, ...metadata } = makeMetadata(name, rest);
  return metadata;
};

const volumeFacts = fc.record({
  size: fc.constantFrom('1Gi', '2Gi', '5Gi'),
  storageClassName: fc.constantFrom('local', 'made', 'now'),
  node: fc.constantFrom('n0', 'n1', undefined),
  zone: fc.constantFrom('a', 'b__c', undefined),
  phase: fc.constantFrom('Available', 'Available', 'Bound'),
  /** For the claim of its number: of two that are kept for one claim either may be found. */
  isKept: fc.constantFrom(true, false, false),
  isCsi: fc.boolean(),
});
const claimFacts = fc.record({
  size: fc.constantFrom('1Gi', '2Gi'),
  storageClassName: fc.constantFrom('local', 'local', 'made', 'now'),
  volumeName: fc.constantFrom(undefined, undefined, 'v0', 'v1', 'gone'),
  isBound: fc.boolean(),
  phase: fc.constantFrom('Pending', 'Bound', 'Bound', 'Lost'),
  selectedNode: fc.constantFrom(undefined, undefined, undefined, 'n0'),
  mode: fc.constantFrom('ReadWriteOnce', 'ReadWriteOnce', 'ReadWriteOncePod'),
  isGoing: fc.constantFrom(false, false, false, true),
});
const volume = (name: string): fc.Arbitrary<Volume> =>
  fc.constantFrom<Volume>(
    { name, persistentVolumeClaim: { claimName: 'c0' } },
    { name, persistentVolumeClaim: { claimName: 'c1' } },
    { name, persistentVolumeClaim: { claimName: 'c2' } },
    { name, ephemeral: { volumeClaimTemplate: { spec: {} } } },
    { name, gcePersistentDisk: { pdName: 'd' } },
    { name, gcePersistentDisk: { pdName: 'd', readOnly: true } },
    { name, awsElasticBlockStore: { volumeID: 'd' } },
    { name, iscsi: { iqn: 'd', lun: 0, targetPortal: 't' } },
    { name, rbd: { image: 'd', monitors: ['m', 'n'] } },
    { name, rbd: { image: 'd', monitors: ['m'], pool: 'other' } },
    { name, emptyDir: {} },
  );
/** Of two claims that are missing the one is named that the first plugin asks for: the oracle takes the first volume. */
const volumes = fc
  .tuple(volume('a'), volume('b'))
  .filter(
    ([a, b]) =>
      !(a.ephemeral ?? b.ephemeral) || !(a.persistentVolumeClaim ?? b.persistentVolumeClaim),
  );

type Facts<A> = A extends fc.Arbitrary<infer T> ? T : never;

const volumeOf = (name: string, facts: Facts<typeof volumeFacts>): PersistentVolume => ({
  metadata: unnamespaced(name, facts.zone ? { labels: { [zone]: facts.zone } } : {}),
  spec: {
    capacity: { storage: facts.size },
    accessModes: ['ReadWriteOnce', 'ReadWriteOncePod'],
    storageClassName: facts.storageClassName,
    ...(facts.node && {
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [
            { matchExpressions: [{ key: 'name', operator: 'In', values: [facts.node] }] },
          ],
        },
      },
    }),
    ...(facts.isKept && { claimRef: { name: `c${name.slice(1)}`, namespace: 'default' } }),
    ...(facts.isCsi && { csi: { driver, volumeHandle: name } }),
  },
  status: { phase: facts.phase },
});
const claimOf = (name: string, facts: Facts<typeof claimFacts>): PersistentVolumeClaim => ({
  metadata: makeMetadata(name, {
    annotations: {
      ...(facts.isBound && { 'pv.kubernetes.io/bind-completed': 'yes' }),
      ...(facts.selectedNode && { 'volume.kubernetes.io/selected-node': facts.selectedNode }),
    },
    ...(facts.isGoing && { deletionTimestamp: '2026-01-01T00:00:00Z' }),
  }),
  spec: {
    accessModes: [facts.mode],
    storageClassName: facts.storageClassName,
    resources: { requests: { storage: facts.size } },
    ...(facts.volumeName && { volumeName: facts.volumeName }),
  },
  status: { phase: facts.phase },
});
const classOf = (name: string, provisioner: string, waits: boolean): StorageClass => ({
  metadata: unnamespaced(name),
  provisioner,
  volumeBindingMode: waits ? 'WaitForFirstConsumer' : 'Immediate',
  ...(name === 'made' && {
    allowedTopologies: [{ matchLabelExpressions: [{ key: zone, values: ['a'] }] }],
  }),
});
const classes = [
  classOf('local', 'kubernetes.io/no-provisioner', true),
  classOf('made', driver, true),
  classOf('now', driver, false),
];
const nodes = ['n0', 'n1', 'n2'].map((name, i) =>
  makeNode(
    name,
    {},
    {
      metadata: { labels: { name, ...(i < 2 && { [zone]: i === 0 ? 'a' : 'b' }) } },
      status: { allocatable: { cpu: '8', memory: '8Gi', pods: '10' } },
    },
  ),
);
const limited = (name: string, count: number): CSINode => ({
  metadata: unnamespaced(name),
  spec: { drivers: [{ name: driver, nodeID: name, allocatable: { count } }] },
});
const podWith = (name: string, own: readonly Volume[], nodeName?: string): Pod =>
  makePod(
    name,
    { volumes: own, ...(nodeName && { nodeName }) },
    { metadata: { uid: `uid-${name}` } },
  );

describe('the volume plugins', () => {
  it('answer as the oracle does, while claims and volumes change', function () {
    this.timeout(30_000);
    fc.assert(
      fc.property(
        fc.array(fc.record({ volume: volumeFacts, claim: claimFacts, at: fc.nat(2) }), {
          minLength: 3,
          maxLength: 12,
        }),
        fc.array(fc.record({ own: volumes, node: fc.nat(2) }), { maxLength: 4 }),
        fc.array(volumes, { minLength: 1, maxLength: 4 }),
        (changes, running, asked) => {
          const state = createClusterState();
          const engine = createEngine({ state, plugins: defaultPlugins });
          const csi = [limited('n0', 1), limited('n1', 2)];
          for (const node of nodes) state.setNode(node);
          for (const each of classes) state.setObject(storageClasses, each);
          for (const each of csi) state.setObject(csiNodes, each);
          const pods = running.map(({ own, node }, i) => podWith(`r${i}`, own, `n${node}`));
          for (const pod of pods) state.addPod(state.podInfo(pod), pod.spec.nodeName!);
          let world: World = { nodes, pods, storageClasses: classes, csiNodes: csi };
          const put = <T extends { readonly metadata: Pod['metadata'] }>(
            all: readonly T[] = [],
            one: T,
          ) => [...all.filter(({ metadata }) => metadata.name !== one.metadata.name), one];
          for (const { volume: facts, claim, at } of changes) {
            const [made, asking] = [volumeOf(`v${at}`, facts), claimOf(`c${at}`, claim)];
            state.setObject(persistentVolumes, made);
            state.setObject(persistentVolumeClaims, asking);
            world = {
              ...world,
              volumes: put(world.volumes, made),
              claims: put(world.claims, asking),
            };
            for (const own of asked) {
              const pod = podWith('asked', own);
              const ruling = ruleOn(pod, world);
              const decision = engine.decide(state.podInfo(pod));
              if (decision.kind === 'bind') assert.ok(ruling.best.has(decision.nodeName));
              else
                assert.equal(
                  failureMessage(decision),
                  oracleMessage(nodes.length, ruling.obstacle, ruling.refusals.values()),
                );
            }
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it('count what is attached to a node, though no pod there uses it', () => {
    const state = createClusterState();
    const engine = createEngine({ state, plugins: defaultPlugins });
    state.setNode(nodes[0]!);
    state.setObject(csiNodes, limited('n0', 2));
    const facts = { size: '1Gi', storageClassName: 'local', phase: 'Bound', isCsi: true } as const;
    for (const name of ['v0', 'v1', 'v2']) {
      const more = { node: undefined, zone: undefined, isKept: false };
      state.setObject(persistentVolumes, volumeOf(name, { ...facts, ...more }));
      const claim = claimOf(`c${name.slice(1)}`, {
        ...{ size: '1Gi', storageClassName: 'local', volumeName: name as 'v0', isBound: true },
        ...{ phase: 'Bound', selectedNode: undefined, mode: 'ReadWriteOnce', isGoing: false },
      });
      state.setObject(persistentVolumeClaims, claim);
    }
    const attachmentOf = (volume: string, nodeName: string): VolumeAttachment => ({
      metadata: unnamespaced(`${volume}-${nodeName}`),
      spec: { attacher: driver, nodeName, source: { persistentVolumeName: volume } },
    });
    const fits = (claimName: string) => {
      const pod = podWith('asked', [{ name: 'a', persistentVolumeClaim: { claimName } }]);
      return engine.decide(state.podInfo(pod)).kind === 'bind';
    };
    assert.deepEqual(['c0', 'c1', 'c2'].map(fits), [true, true, true]);
    const second = attachmentOf('v1', 'n0');
    for (const each of [attachmentOf('v0', 'n0'), second, attachmentOf('v2', 'elsewhere')])
      state.setObject(volumeAttachments, each);
    assert.deepEqual(['c0', 'c1', 'c2'].map(fits), [true, true, false]);
    const user = podWith('user', [{ name: 'a', persistentVolumeClaim: { claimName: 'c1' } }], 'n0');
    state.addPod(state.podInfo(user), 'n0');
    assert.equal(fits('c2'), false, 'what is attached for a pod counts once');
    state.removePod(state.podInfo(user).key);
    state.removeObject(volumeAttachments, second);
    assert.equal(fits('c2'), true);
  });
});
