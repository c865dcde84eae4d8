import type {
  CSINode,
  PersistentVolume,
  PersistentVolumeClaim,
  StorageClass,
  VolumeAttachment,
} from '@berth/api';
import { makeMetadata } from '@berth/api/testing';
import fc from 'fast-check';
import type { Arbitrary } from 'fast-check';
import { claimNames, namespaceName, nodeNames, zone } from './words.ts';

const driver = 'disks.example.com';
const classNames = ['local', 'made', 'now'] as const;

const unnamespaced = (name: string, rest = {}) => {
  const { namespace: _, ...metadata } = makeMetadata(name, rest);
  return metadata;
};

/** Of the claims that pods name, one is never there. */
const names = claimNames.filter((name) => name !== 'missing');
/** A volume of its own for each claim, which may be kept for it: of two kept for one claim either may be found. */
const volumeNameOf = (claim: string) => `volume-${claim}`;
const className = fc.constantFrom('made', 'local', 'now', 'made', 'local');
const size = fc.constantFrom('1Gi', '2Gi');

const seldom = <T>(value: Arbitrary<T>): Arbitrary<T | undefined> =>
  fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });

const volumeFor = (claim: string): Arbitrary<PersistentVolume> =>
  fc
    .record({
      size: fc.oneof(size, fc.constant('5Gi')),
      storageClassName: className,
      node: fc.option(fc.constantFrom(...nodeNames), { nil: undefined, freq: 1 }),
      zones: fc.constantFrom('z1', 'z2__z3', undefined),
      isFree: fc.boolean(),
      isKept: fc.constantFrom(true, false, false),
      isCsi: fc.boolean(),
    })
    .map(({ node, zones, isFree, isKept, isCsi, ...facts }) => ({
      metadata: unnamespaced(volumeNameOf(claim), zones ? { labels: { [zone]: zones } } : {}),
      spec: {
        capacity: { storage: facts.size },
        accessModes: ['ReadWriteOnce', 'ReadWriteOncePod'],
        storageClassName: facts.storageClassName,
        ...(node && {
          nodeAffinity: {
            required: {
              nodeSelectorTerms: [
                { matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }] },
              ],
            },
          },
        }),
        ...(isKept && { claimRef: { name: claim, namespace: 'default' } }),
        ...(isCsi && { csi: { driver, volumeHandle: claim } }),
      },
      status: { phase: isFree ? 'Available' : 'Bound' },
    }));

const claimNamed = (name: string, namespace: Arbitrary<string>): Arbitrary<PersistentVolumeClaim> =>
  fc
    .record({
      namespace,
      size,
      storageClassName: className,
      /** Bound, chosen and not yet bound, bound to what is gone, or none of that. */
      state: fc.constantFrom('free', 'bound', 'bound', 'free', 'bound', 'chosen', 'free', 'lost'),
      selectedNode: seldom(fc.constantFrom(...nodeNames)),
      mode: fc.constantFrom('ReadWriteOnce', 'ReadWriteOncePod', 'ReadWriteOnce', 'ReadWriteOnce'),
      isGoing: seldom(fc.constant(true)),
    })
    .map(({ namespace, state, selectedNode, mode, isGoing, ...facts }) => ({
      metadata: makeMetadata(name, {
        namespace,
        annotations: {
          ...(state === 'bound' && { 'pv.kubernetes.io/bind-completed': 'yes' }),
          ...(selectedNode && { 'volume.kubernetes.io/selected-node': selectedNode }),
        },
        ...(isGoing && { deletionTimestamp: '2026-01-01T00:00:00Z' }),
      }),
      spec: {
        accessModes: [mode],
        storageClassName: facts.storageClassName,
        resources: { requests: { storage: facts.size } },
        ...(state !== 'free' && { volumeName: volumeNameOf(name) }),
      },
      status: { phase: state === 'lost' ? 'Lost' : state === 'bound' ? 'Bound' : 'Pending' },
    }));

const classOf = (
  name: (typeof classNames)[number],
  waits: boolean,
  zones: readonly string[] = [],
): StorageClass => ({
  metadata: unnamespaced(name),
  provisioner: name === 'local' ? 'kubernetes.io/no-provisioner' : driver,
  volumeBindingMode: waits ? 'WaitForFirstConsumer' : 'Immediate',
  ...(zones.length > 0 && {
    allowedTopologies: [{ matchLabelExpressions: [{ key: zone, values: zones }] }],
  }),
});

/** The classes that there are at first: two that wait for the first consumer, and one that does not. */
export const firstClasses: readonly StorageClass[] = [
  classOf('local', true),
  classOf('made', true, ['z1', 'z2']),
  classOf('now', false),
];

const anyClass = fc
  .record({
    name: fc.constantFrom(...classNames),
    waits: fc.constantFrom(true, true, false),
    zones: fc.constantFrom([], ['z1'], ['z2', 'z3']),
  })
  .map(({ name, waits, zones }) => classOf(name, waits, zones));

const anyCsiNode: Arbitrary<CSINode> = fc
  .record({ name: fc.constantFrom(...nodeNames), count: fc.constantFrom(0, 0, 1, 2, undefined) })
  .map(({ name, count }) => ({
    metadata: unnamespaced(name),
    spec: {
      drivers: [
        { name: driver, nodeID: name, ...(count !== undefined && { allocatable: { count } }) },
      ],
    },
  }));

const anyAttachment: Arbitrary<VolumeAttachment> = fc
  .record({ nodeName: fc.constantFrom(...nodeNames), claim: fc.constantFrom(...names) })
  .map(({ nodeName, claim }) => ({
    metadata: unnamespaced(`attachment-${claim}-${nodeName}`),
    spec: { attacher: driver, nodeName, source: { persistentVolumeName: volumeNameOf(claim) } },
  }));

/** What happens to volumes and to what they depend on; removed is what has the same name. */
export type VolumeStep =
  | { readonly kind: 'set-volume' | 'remove-volume'; readonly volume: PersistentVolume }
  | { readonly kind: 'set-claim' | 'remove-claim'; readonly claim: PersistentVolumeClaim }
  | { readonly kind: 'set-class' | 'remove-class'; readonly storageClass: StorageClass }
  | { readonly kind: 'set-csi-node' | 'remove-csi-node'; readonly csiNode: CSINode }
  | {
      readonly kind: 'set-attachment' | 'remove-attachment';
      readonly attachment: VolumeAttachment;
    };

const stepOf = <K extends VolumeStep['kind'], F extends object>(
  set: K,
  remove: K,
  fields: { readonly [N in keyof F]: Arbitrary<F[N]> },
) => fc.record({ kind: fc.constantFrom(set, set, set, remove), ...fields }) as Arbitrary<unknown>;

export const volumeStep = fc.oneof(
  {
    weight: 4,
    arbitrary: stepOf('set-volume', 'remove-volume', {
      volume: fc.constantFrom(...names).chain(volumeFor),
    }),
  },
  {
    weight: 5,
    arbitrary: stepOf('set-claim', 'remove-claim', {
      claim: fc.constantFrom(...names).chain((name) => claimNamed(name, namespaceName)),
    }),
  },
  { weight: 1, arbitrary: stepOf('set-class', 'remove-class', { storageClass: anyClass }) },
  { weight: 4, arbitrary: stepOf('set-csi-node', 'remove-csi-node', { csiNode: anyCsiNode }) },
  {
    weight: 2,
    arbitrary: stepOf('set-attachment', 'remove-attachment', { attachment: anyAttachment }),
  },
) as Arbitrary<VolumeStep>;

/** A claim of each name, a volume for each and what the drivers of some nodes can hold. */
export const firstVolumes: Arbitrary<readonly VolumeStep[]> = fc.tuple(
  ...names.flatMap((name): Arbitrary<VolumeStep>[] => [
    claimNamed(name, fc.constant('default')).map((claim) => ({ kind: 'set-claim', claim })),
    volumeFor(name).map((volume) => ({ kind: 'set-volume', volume })),
  ]),
  ...nodeNames
    .slice(0, 3)
    .map((): Arbitrary<VolumeStep> =>
      anyCsiNode.map((csiNode) => ({ kind: 'set-csi-node', csiNode })),
    ),
);
