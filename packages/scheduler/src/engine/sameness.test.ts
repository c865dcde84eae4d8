import assert from 'node:assert/strict';
import { namespaces, replicaSets, services } from '@berth/api';
import type { Affinity, Node, Pod, PodSpec, TopologySpreadConstraint } from '@berth/api';
import { makeNamespace, makeNode, makePod, makeReplicaSet, makeService } from '@berth/api/testing';
import fc from 'fast-check';
import { createClusterState } from '../cluster-state.ts';
import type { ClusterState } from '../cluster-state.ts';
import { failureMessage } from '../failure-message.ts';
import type { Plugin } from '../framework.ts';
import { defaultPlugins } from '../profiles.ts';
import { failureMessage as oracleMessage, ruleOn } from '../testing/index.ts';
import type { World } from '../testing/index.ts';
import { createEngine } from './engine.ts';
import type { Engine } from './engine.ts';
import { winsOver } from './lot.ts';
import { simulate } from './simulate.ts';

const zone = 'topology.kubernetes.io/zone';
const hostname = 'kubernetes.io/hostname';
const web = { matchLabels: { app: 'web' } };

const spread = (
  topologyKey: string,
  whenUnsatisfiable: 'DoNotSchedule' | 'ScheduleAnyway',
  rest: Partial<TopologySpreadConstraint> = {},
): TopologySpreadConstraint => ({
  maxSkew: 1,
  topologyKey,
  whenUnsatisfiable,
  labelSelector: web,
  ...rest,
});
const near = (topologyKey: string, rest = {}): Affinity => ({
  podAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey, labelSelector: web, ...rest }],
  },
});
const apart = (topologyKey: string, rest = {}): Affinity => ({
  podAntiAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey, labelSelector: web, ...rest }],
  },
});
const rather = (topologyKey: string, weight: number): Affinity => {
  const podAffinityTerm = { topologyKey, labelSelector: web };
  const terms = { preferredDuringSchedulingIgnoredDuringExecution: [{ weight, podAffinityTerm }] };
  return weight > 50 ? { podAffinity: terms } : { podAntiAffinity: terms };
};
const asking = (requests: Record<string, string>, more = {}): Partial<PodSpec> => ({
  containers: [{ name: 'c', image: 'example.com/big:1', resources: { requests }, ...more }],
});
const small = asking({ cpu: '300m', memory: '100Mi' });

/** One spec per rule, and some of several. */
const specs: readonly Partial<PodSpec>[] = [
  {},
  small,
  asking({ cpu: '1500m' }),
  asking({ 'example.com/gpu': '1' }),
  asking({ cpu: '100m' }, { ports: [{ containerPort: 1, hostPort: 80 }] }),
  { ...small, nodeSelector: { disk: 'ssd' } },
  { ...small, tolerations: [{ operator: 'Exists' }] },
  { ...small, topologySpreadConstraints: [spread(zone, 'DoNotSchedule')] },
  { ...small, topologySpreadConstraints: [spread(hostname, 'DoNotSchedule', { maxSkew: 2 })] },
  {
    topologySpreadConstraints: [
      spread(zone, 'DoNotSchedule', { minDomains: 2, nodeTaintsPolicy: 'Honor' }),
      spread(hostname, 'ScheduleAnyway', { matchLabelKeys: ['rev'] }),
    ],
  },
  { topologySpreadConstraints: [spread(zone, 'ScheduleAnyway'), spread('disk', 'ScheduleAnyway')] },
  { ...small, affinity: near(zone) },
  { ...small, affinity: near(hostname, { namespaceSelector: { matchLabels: { team: 'a' } } }) },
  { ...small, affinity: apart(hostname) },
  { affinity: apart(zone, { namespaces: ['default', 'other'] }) },
  { ...small, affinity: rather(zone, 80) },
  { affinity: rather(hostname, 20) },
  { affinity: { ...near(zone), ...apart(hostname) } },
  {
    affinity: {
      nodeAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          {
            weight: 7,
            preference: { matchExpressions: [{ key: 'disk', operator: 'In', values: ['ssd'] }] },
          },
        ],
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [
            { matchExpressions: [{ key: 'disk', operator: 'In', values: ['ssd', 'hdd'] }] },
          ],
        },
      },
    },
  },
  {
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [
            { matchFields: [{ key: 'metadata.name', operator: 'In', values: ['n1'] }] },
          ],
        },
      },
    },
  },
];

const nodeNames = ['n0', 'n1', 'n2', 'n3', 'n4'];
const nodeFacts = fc.record({
  zone: fc.constantFrom('a', 'b', undefined),
  disk: fc.constantFrom('ssd', 'hdd', undefined),
  cpu: fc.constantFrom('1', '2', '4'),
  gpu: fc.constantFrom(0, 2),
  taint: fc.constantFrom(undefined, 'NoSchedule', 'PreferNoSchedule'),
  unschedulable: fc.boolean(),
  hasImage: fc.boolean(),
  /** Some clusters give nodes host names that are not theirs. */
  host: fc.constantFrom(undefined, undefined, undefined, 'shared'),
});
type NodeFacts = typeof nodeFacts extends fc.Arbitrary<infer T> ? T : never;

function nodeOf(name: string, facts: NodeFacts): Node {
  const { zone: zoneName, disk, cpu, gpu, taint, hasImage, host = name } = facts;
  return makeNode(
    name,
    {
      ...(taint && { taints: [{ key: 'k', value: 'v', effect: taint }] }),
      ...(facts.unschedulable && taint && { unschedulable: true }),
    },
    {
      metadata: {
        labels: { [hostname]: host, ...(zoneName && { [zone]: zoneName }), ...(disk && { disk }) },
      },
      status: {
        allocatable: { cpu, memory: '2Gi', pods: '6', 'example.com/gpu': String(gpu) },
        ...(hasImage && {
          images: [{ names: ['example.com/big:1'], sizeBytes: 500 * 1024 * 1024 }],
        }),
      },
    },
  );
}

const podFacts = fc.record({
  spec: fc.nat({ max: specs.length - 1 }),
  app: fc.constantFrom('web', 'web', 'db'),
  rev: fc.constantFrom('1', '2'),
  namespace: fc.constantFrom('default', 'default', 'other'),
  owned: fc.boolean(),
  priority: fc.constantFrom(0, 10),
});
type PodFacts = typeof podFacts extends fc.Arbitrary<infer T> ? T : never;

const owner = {
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  name: 'rs',
  uid: 'uid-rs',
  controller: true,
};
const podOf = (name: string, facts: PodFacts, more: Partial<PodSpec> = {}): Pod =>
  makePod(
    name,
    { priority: facts.priority, ...specs[facts.spec], ...more },
    {
      metadata: {
        namespace: facts.namespace,
        uid: name,
        labels: { app: facts.app, rev: facts.rev, 'batch.kubernetes.io/job-name': name },
        ...(facts.owned && { ownerReferences: [owner] }),
      },
    },
  );

const pick = fc.nat({ max: 30 });
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('decide' as const), facts: podFacts }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('place' as const), facts: podFacts, node: pick }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove' as const), pod: pick }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('end' as const), pod: pick }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('promise' as const), facts: podFacts, node: pick }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('node' as const), node: pick, facts: nodeFacts }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('lose' as const), node: pick }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('service' as const),
      on: fc.boolean(),
      byJob: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('team' as const), team: fc.constantFrom('a', 'b') }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** The same cluster twice: as objects for the oracle, and as the state that the engine works on. */
function createTwins() {
  const state = createClusterState();
  let world: Required<Pick<World, 'nodes' | 'pods' | 'namespaces' | 'services' | 'replicaSets'>> = {
    nodes: [],
    pods: [],
    namespaces: [],
    services: [],
    replicaSets: [],
  };
  const set = (more: Partial<typeof world>) => (world = { ...world, ...more });
  const keyOf = ({ metadata }: Pod) => `${metadata.namespace}/${metadata.name}`;
  const putPod = (pod: Pod) => {
    set({ pods: [...world.pods.filter((other) => keyOf(other) !== keyOf(pod)), pod] });
    if (pod.spec.nodeName) state.addPod(state.podInfo(pod), pod.spec.nodeName);
  };
  const rs = makeReplicaSet('rs', { selector: { matchLabels: { app: 'web', rev: '1' } } });
  state.setObject(replicaSets, rs);
  set({ replicaSets: [rs] });
  return {
    state,
    world: () => world,
    putPod,
    removePod(pod: Pod) {
      set({ pods: world.pods.filter((other) => other !== pod) });
      state.removePod(keyOf(pod));
      state.unnominate(keyOf(pod));
    },
    promise(pod: Pod, nodeName: string) {
      set({ pods: [...world.pods, { ...pod, status: { nominatedNodeName: nodeName } }] });
      state.nominate(state.podInfo(pod), nodeName);
    },
    setNode(node: Node) {
      const others = world.nodes.filter(({ metadata }) => metadata.name !== node.metadata.name);
      set({ nodes: [...others, node] });
      state.setNode(node);
    },
    removeNode(name: string) {
      set({ nodes: world.nodes.filter(({ metadata }) => metadata.name !== name) });
      state.removeNode(name);
    },
    setService(on: boolean, byJob: boolean) {
      const selector = byJob ? { 'batch.kubernetes.io/job-name': 'probe' } : { app: 'web' };
      const service = makeService('web', { selector });
      set({ services: on ? [service] : [] });
      if (on) state.setObject(services, service);
      else state.removeObject(services, service);
    },
    setTeam(team: string) {
      const made = makeNamespace('other');
      const namespace = { ...made, metadata: { ...made.metadata, labels: { team } } };
      set({ namespaces: [namespace] });
      state.setObject(namespaces, namespace);
    },
  };
}
type Twins = ReturnType<typeof createTwins>;

function take(twins: Twins, engine: Engine, each: Step, name: string): void {
  const { pods } = twins.world();
  const nodeAt = (i: number) => nodeNames[i % nodeNames.length]!;
  switch (each.kind) {
    case 'decide': {
      const pod = podOf(name, each.facts);
      const decision = engine.decide(twins.state.podInfo(pod));
      if (decision.kind === 'bind')
        twins.putPod(podOf(name, each.facts, { nodeName: decision.nodeName }));
      return;
    }
    case 'place':
      return twins.putPod(podOf(name, each.facts, { nodeName: nodeAt(each.node) }));
    case 'promise':
      return twins.promise(podOf(name, each.facts), nodeAt(each.node));
    case 'remove':
      return pods.length === 0 ? undefined : twins.removePod(pods[each.pod % pods.length]!);
    case 'end': {
      const pod = pods[each.pod % Math.max(1, pods.length)];
      if (pod?.spec.nodeName)
        twins.putPod({
          ...pod,
          metadata: { ...pod.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' },
        });
      return;
    }
    case 'node':
      return twins.setNode(nodeOf(nodeAt(each.node), each.facts));
    case 'lose':
      return twins.removeNode(nodeAt(each.node));
    case 'service':
      return twins.setService(each.on, each.byJob);
    case 'team':
      return twins.setTeam(each.team);
  }
}

function compare(engine: Engine, state: ClusterState, world: World, pod: Pod): void {
  const ruling = ruleOn(pod, world);
  const info = state.podInfo(pod);
  const decision = engine.decide(info);
  assert.equal(engine.isPlaceable(info), ruling.feasible.length > 0, 'placeable');
  if (decision.kind === 'bind') {
    const best = [...ruling.best].map((name) => state.node(name)!);
    const expected = best.reduce((a, b) => (winsOver(b, a) ? b : a));
    assert.equal(decision.nodeName, expected.name, `of ${[...ruling.best].join()}`);
    assert.equal(decision.feasible, ruling.feasible.length, 'feasible');
  } else {
    assert.equal(
      failureMessage(decision),
      oracleMessage(world.nodes.length, ruling.obstacle, ruling.refusals.values()),
    );
    assert.deepEqual(
      [...decision.refusedBy].sort(),
      [...new Set([...ruling.refusals.values()].map(({ plugin }) => plugin))].sort(),
    );
  }
  for (const report of engine.explain(info)) {
    const refusal = ruling.refusals.get(report.nodeName);
    assert.deepEqual(
      report.verdict.ok ? undefined : { ...report.verdict, plugin: report.refusedBy },
      refusal && { ok: false, ...refusal },
      report.nodeName,
    );
    if (report.verdict.ok) assert.equal(report.total, ruling.totals.get(report.nodeName));
  }
}

/** Some of which do not say that their answers can be kept. */
const secretive: readonly Plugin[] = defaultPlugins.map((plugin) => {
  const { scope: _, ...rest } = plugin;
  return ['TaintToleration', 'NodeResourcesFit', 'NodePorts'].includes(plugin.name) ? rest : plugin;
});

describe('createEngine, beside the oracle', () => {
  it('decides the same after every step of any history', function () {
    this.timeout(60_000);
    const probes = fc.array(podFacts, { minLength: 3, maxLength: 6 });
    const nodes = fc.array(nodeFacts, { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(
        nodes,
        fc.array(step, { maxLength: 40 }),
        probes,
        fc.nat(),
        (start, steps, asked, seed) => {
          const twins = createTwins();
          // Every other time there is room for hardly anything, so that what was kept goes and comes again.
          const cacheBytes = seed % 2 === 0 ? 1 : 1_000_000;
          const engine = createEngine({
            state: twins.state,
            plugins: seed % 3 === 0 ? secretive : defaultPlugins,
            cacheBytes,
          });
          for (const [i, facts] of start.entries()) twins.setNode(nodeOf(nodeNames[i]!, facts));
          for (const [i, each] of steps.entries()) {
            take(twins, engine, each, `p${i}`);
            const facts = asked[i % asked.length]!;
            compare(engine, twins.state, twins.world(), podOf('probe', facts));
          }
          for (const facts of asked)
            compare(engine, twins.state, twins.world(), podOf('probe', facts));
        },
      ),
      { numRuns: Number(process.env['BERTH_RUNS'] ?? 150) },
    );
  });

  it('answers a simulation as if it were true, and forgets it', () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 25 }),
        podFacts,
        pick,
        nodeFacts,
        (steps, facts, at, changed) => {
          const twins = createTwins();
          const engine = createEngine({
            state: twins.state,
            plugins: defaultPlugins,
          });
          for (const name of nodeNames) twins.setNode(nodeOf(name, { ...changed, zone: 'a' }));
          for (const [i, each] of steps.entries()) take(twins, engine, each, `p${i}`);
          const probe = podOf('probe', facts);
          compare(engine, twins.state, twins.world(), probe);
          const { nodes, pods } = twins.world();
          const gone = pods[at % Math.max(1, pods.length)];
          const nodeName = nodeNames[at % nodeNames.length]!;
          const come = podOf('come', facts, { nodeName });
          const node = nodeOf(nodeName, changed);
          simulate(twins.state, (changes) => {
            if (gone?.spec.nodeName) changes.remove(twins.state.podInfo(gone).key);
            changes.place(twins.state.podInfo(come), nodeName);
            changes.setNode(node);
            const imagined = {
              ...twins.world(),
              nodes: [...nodes.filter(({ metadata }) => metadata.name !== nodeName), node],
              pods: [...pods.filter((pod) => pod !== gone || !pod.spec.nodeName), come],
            };
            compare(engine, twins.state, imagined, probe);
          });
          compare(engine, twins.state, twins.world(), probe);
        },
      ),
      { numRuns: 50 },
    );
  });
});
