import assert from 'node:assert/strict';
import type { Node, Pod } from '@berth/api';
import { makeNode, makePod } from '@berth/api/testing';
import { createClusterState } from '../cluster-state.ts';
import type { Plugin } from '../framework.ts';
import { podRequests } from '../resources.ts';
import { createBalancedAllocation } from './balanced-allocation.ts';
import { createNodeAffinity } from './node-affinity.ts';
import { nodeName } from './node-name.ts';
import { nodePorts } from './node-ports.ts';
import { createNodeResourcesFit } from './node-resources-fit.ts';
import { nodeUnschedulable } from './node-unschedulable.ts';
import { taintToleration } from './taint-toleration.ts';

const nodeAffinity = createNodeAffinity();
const nodeResourcesFit = createNodeResourcesFit();
const balancedAllocation = createBalancedAllocation();

function stateWith(node: Node, running: readonly Pod[]) {
  const state = createClusterState();
  state.setNode(node);
  for (const other of running) state.addPod(state.podInfo(other), node.metadata.name);
  return { state, info: state.node(node.metadata.name)! };
}
function judge(plugin: Plugin, pod: Pod, node: Node, running: readonly Pod[] = []) {
  const { state, info } = stateWith(node, running);
  const verdict = plugin.filter?.(state.podInfo(pod), state)?.(info) ?? { ok: true };
  return verdict.ok ? 'fits' : verdict.reasons.join('; ');
}
const rate = (plugin: Plugin, pod: Pod, node: Node, running: readonly Pod[] = []) => {
  const { state, info } = stateWith(node, running);
  return plugin.score?.prepare(state.podInfo(pod), state)?.(info);
};
const asking = (name: string, requests: Record<string, string>) =>
  makePod(name, { containers: [{ name: 'c', image: 'i', resources: { requests } }] });
const sized = (cpu: string, memory: string) =>
  makeNode('n', {}, { status: { allocatable: { cpu, memory, pods: '2' } } });

describe('NodeUnschedulable', () => {
  const cordoned = makeNode('n', { unschedulable: true });
  it('refuses a cordoned node', () => {
    assert.equal(judge(nodeUnschedulable, makePod('p'), cordoned), 'node(s) were unschedulable');
  });
  it('lets a pod through that tolerates the taint', () => {
    const pod = makePod('p', {
      tolerations: [{ key: 'node.kubernetes.io/unschedulable', operator: 'Exists' }],
    });
    assert.equal(judge(nodeUnschedulable, pod, cordoned), 'fits');
  });
});

describe('NodeName', () => {
  it('takes only the named node', () => {
    const pod = makePod('p', { nodeName: 'a' });
    assert.equal(judge(nodeName, pod, makeNode('a')), 'fits');
    assert.match(judge(nodeName, pod, makeNode('b')), /didn't match the requested node name/);
  });
});

describe('TaintToleration', () => {
  const tainted = (effect: string) => makeNode('n', { taints: [{ key: 'k', value: 'v', effect }] });
  const refused = 'node(s) had untolerated taint(s)';
  const cases = [
    ['NoSchedule', undefined, refused],
    ['NoExecute', undefined, refused],
    ['PreferNoSchedule', undefined, 'fits'],
    ['NoSchedule', { key: 'k', value: 'v' }, 'fits'],
    ['NoSchedule', { key: 'k', value: 'other' }, refused],
    ['NoSchedule', { key: 'k', operator: 'Exists' }, 'fits'],
    ['NoSchedule', { operator: 'Exists' }, 'fits'],
    ['NoSchedule', { key: 'k', operator: 'Exists', effect: 'NoExecute' }, refused],
  ] as const;
  for (const [effect, toleration, expected] of cases) {
    it(`${effect} with ${JSON.stringify(toleration)}: ${expected}`, () => {
      const pod = makePod('p', toleration ? { tolerations: [toleration] } : {});
      assert.equal(judge(taintToleration, pod, tainted(effect)), expected);
    });
  }
  it('counts soft taints that are not tolerated, and scores fewer higher', () => {
    assert.equal(rate(taintToleration, makePod('p'), tainted('PreferNoSchedule')), 1);
    const scores = [0, 1, 4];
    taintToleration.score?.normalize?.(scores);
    assert.deepEqual(scores, [100, 75, 0]);
  });
});

describe('NodeAffinity', () => {
  const node = makeNode('n', {}, { metadata: { labels: { disk: 'ssd', cores: '8' } } });
  const requiring = (key: string, operator: string, ...values: string[]) =>
    makePod('p', {
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [{ matchExpressions: [{ key, operator, values }] }],
          },
        },
      },
    });
  const refused = "node(s) didn't match Pod's node affinity/selector";
  const cases = [
    [requiring('disk', 'In', 'ssd', 'nvme'), 'fits'],
    [requiring('disk', 'NotIn', 'ssd'), refused],
    [requiring('gpu', 'NotIn', 'x'), 'fits'],
    [requiring('disk', 'Exists'), 'fits'],
    [requiring('disk', 'DoesNotExist'), refused],
    [requiring('cores', 'Gt', '4'), 'fits'],
    [requiring('cores', 'Lt', '8'), refused],
    [makePod('p', { nodeSelector: { disk: 'ssd' } }), 'fits'],
    [makePod('p', { nodeSelector: { disk: 'hdd' } }), refused],
  ] as const;
  for (const [pod, expected] of cases) {
    it(`${JSON.stringify(pod.spec.nodeSelector ?? pod.spec.affinity)}: ${expected}`, () => {
      assert.equal(judge(nodeAffinity, pod, node), expected);
    });
  }
  it('adds up the weights of preferred terms that match', () => {
    const prefer = (weight: number, value: string) => ({
      weight,
      preference: { matchExpressions: [{ key: 'disk', operator: 'In', values: [value] }] },
    });
    const pod = makePod('p', {
      affinity: {
        nodeAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [prefer(3, 'ssd'), prefer(5, 'hdd')],
        },
      },
    });
    assert.equal(rate(nodeAffinity, pod, node), 3);
  });
});

describe('NodePorts', () => {
  const listening = (
    name: string,
    port: { hostPort: number; hostIP?: string; protocol?: string },
  ) =>
    makePod(name, {
      containers: [{ name: 'c', image: 'i', ports: [{ containerPort: 1, ...port }] }],
    });
  const clash = "node(s) didn't have free ports for the requested pod ports";
  const cases = [
    [{ hostPort: 80 }, { hostPort: 80 }, clash],
    [{ hostPort: 80 }, { hostPort: 81 }, 'fits'],
    [{ hostPort: 80 }, { hostPort: 80, protocol: 'UDP' }, 'fits'],
    [{ hostPort: 80, hostIP: '10.0.0.1' }, { hostPort: 80, hostIP: '10.0.0.2' }, 'fits'],
    [{ hostPort: 80, hostIP: '10.0.0.1' }, { hostPort: 80 }, clash],
  ] as const;
  for (const [used, wanted, expected] of cases) {
    it(`${JSON.stringify(wanted)} beside ${JSON.stringify(used)}: ${expected}`, () => {
      const running = [listening('other', used)];
      assert.equal(judge(nodePorts, listening('p', wanted), makeNode('n'), running), expected);
    });
  }
});

describe('NodeResourcesFit', () => {
  it('names every resource that is short', () => {
    const pod = asking('p', { cpu: '2', memory: '2Gi', 'example.com/gpu': '1' });
    assert.equal(
      judge(nodeResourcesFit, pod, sized('1', '1Gi')),
      'Insufficient cpu; Insufficient memory; Insufficient example.com/gpu',
    );
  });
  it('counts what runs already, and the pods themselves', () => {
    const running = [asking('a', { cpu: '600m' }), asking('b', {})];
    const verdict = judge(
      nodeResourcesFit,
      asking('p', { cpu: '500m' }),
      sized('1', '1Gi'),
      running,
    );
    assert.equal(verdict, 'Too many pods; Insufficient cpu');
  });
  it('takes the peak of init containers, and sidecars on top of both', () => {
    const container = (name: string, cpu: string) => ({
      name,
      image: 'i',
      resources: { requests: { cpu } },
    });
    const pod = makePod('p', {
      initContainers: [
        { ...container('side', '100m'), restartPolicy: 'Always' },
        container('init', '800m'),
      ],
      containers: [container('main', '300m')],
    });
    assert.equal(podRequests(pod).get('cpu'), 900);
  });
  it('scores the emptier node higher', () => {
    const pod = asking('p', { cpu: '1', memory: '1Gi' });
    assert.equal(rate(nodeResourcesFit, pod, sized('4', '4Gi')), 75);
    assert.equal(rate(nodeResourcesFit, pod, sized('2', '4Gi')), 62);
  });
});

describe('NodeResourcesBalancedAllocation', () => {
  it('scores the difference that the pod makes', () => {
    const node = sized('4', '4Gi');
    assert.equal(rate(balancedAllocation, asking('p', { cpu: '2', memory: '2Gi' }), node), 75);
    // cpu 100 %, memory 0 %: a deviation of one half.
    assert.equal(rate(balancedAllocation, asking('p', { cpu: '4' }), node), 50);
  });
  it('has no opinion on pods that ask for nothing', () => {
    assert.equal(rate(balancedAllocation, asking('p', {}), sized('4', '4Gi')), undefined);
  });
});
