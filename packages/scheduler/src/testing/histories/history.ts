import type { Node, Pod } from '@berth/api';
import fc from 'fast-check';
import type { Arbitrary } from 'fast-check';
import { arbitraryNode } from './nodes.ts';
import { arbitraryPod } from './pods.ts';
import type { PodOptions } from './pods.ts';
import { sometimes } from './sometimes.ts';
import { firstVolumes, volumeStep } from './volumes.ts';
import type { VolumeStep } from './volumes.ts';
import { nodeNames, podLabels } from './words.ts';
import type { Labels } from './words.ts';

/** Something that happens; `at` counts round among the pods that there are. */
export type Step =
  | { readonly kind: 'set-node'; readonly node: Node }
  | { readonly kind: 'remove-node'; readonly name: string }
  /** On a node that may not exist, or no more, whether it fits there or not. */
  | { readonly kind: 'place-pod'; readonly pod: Pod; readonly nodeName: string }
  | { readonly kind: 'nominate-pod'; readonly pod: Pod; readonly nodeName: string }
  | { readonly kind: 'remove-pod'; readonly at: number }
  | { readonly kind: 'end-pod'; readonly at: number; readonly isPreempted: boolean }
  | { readonly kind: 'label-pod'; readonly at: number; readonly labels: Labels }
  | {
      readonly kind: 'resize-pod';
      readonly at: number;
      readonly cpu: string;
      readonly held: string;
    }
  | { readonly kind: 'label-namespace'; readonly name: string; readonly labels: Labels }
  | { readonly kind: 'toggle-service'; readonly app: string }
  | { readonly kind: 'set-budget'; readonly app: string; readonly allowed: number }
  | VolumeStep;

/** A small cluster that things happen to, and the pods that are asked about after each of them. */
export interface History {
  readonly nodes: readonly Node[];
  /** What there is of claims and volumes before anything happens. */
  readonly volumes: readonly VolumeStep[];
  readonly steps: readonly Step[];
  readonly probes: readonly Pod[];
}

export interface HistoryOptions extends PodOptions {
  readonly steps: number;
  readonly probes: number;
}

const at = fc.nat(1000);
const nodeName = fc.constantFrom(...nodeNames, 'gone');
const anyNode = fc.constantFrom(...nodeNames).chain(arbitraryNode);

function arbitraryStep(options: HistoryOptions): Arbitrary<Step> {
  const pod = arbitraryPod(options);
  const step = <K extends Step['kind']>(kind: K, fields: object): Arbitrary<Step> =>
    fc.record({ kind: fc.constant(kind), ...fields }) as unknown as Arbitrary<Step>;
  return fc.oneof(
    { weight: 3, arbitrary: step('set-node', { node: anyNode }) },
    { weight: 1, arbitrary: step('remove-node', { name: nodeName }) },
    { weight: 10, arbitrary: step('place-pod', { pod, nodeName }) },
    { weight: 1, arbitrary: step('nominate-pod', { pod, nodeName }) },
    { weight: 3, arbitrary: step('remove-pod', { at }) },
    { weight: 1, arbitrary: step('end-pod', { at, isPreempted: fc.boolean() }) },
    { weight: 2, arbitrary: step('label-pod', { at, labels: podLabels }) },
    {
      weight: 1,
      arbitrary: step('resize-pod', {
        at,
        cpu: fc.constantFrom('50m', '1'),
        held: fc.constantFrom('50m', '1'),
      }),
    },
    {
      weight: 1,
      arbitrary: step('label-namespace', {
        name: fc.constantFrom('default', 'other'),
        labels: fc.constantFrom<Labels>({}, { team: 't1' }, { team: 't2' }),
      }),
    },
    { weight: 1, arbitrary: step('toggle-service', { app: fc.constantFrom('a', 'b') }) },
    {
      weight: 1,
      arbitrary: step('set-budget', {
        app: fc.constantFrom('a', 'b'),
        allowed: fc.integer({ min: 0, max: 2 }),
      }),
    },
    ...(options.rules.has('volumes') ? [{ weight: 8, arbitrary: volumeStep }] : []),
  );
}

/** Some of the pods were promised a place before. */
const probe = (options: HistoryOptions): Arbitrary<Pod> =>
  fc
    .record({ pod: arbitraryPod(options), status: sometimes(15, 'nominatedNodeName', nodeName) })
    .map(({ pod, status }) => ({ ...pod, status }));

export const arbitraryHistory = (options: HistoryOptions): Arbitrary<History> =>
  fc.record({
    nodes: fc
      .subarray([...nodeNames], { minLength: 1 })
      .chain((names) => fc.tuple(...names.map((name) => arbitraryNode(name)))),
    volumes: options.rules.has('volumes') ? firstVolumes : fc.constant([]),
    steps: fc.array(arbitraryStep(options), {
      minLength: 1,
      maxLength: options.steps,
      size: 'max',
    }),
    probes: fc.array(probe(options), {
      minLength: options.probes,
      maxLength: options.probes,
      size: 'max',
    }),
  });
