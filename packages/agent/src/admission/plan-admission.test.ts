import assert from 'node:assert/strict';

import type { Node, Pod } from '@berth/api';
import { makeNode, makePod } from '@berth/api/testing';

import { claimsOf } from './claims.ts';
import { planAdmission } from './plan-admission.ts';
import type { AdmissionInput } from './plan-admission.ts';

const allocatable = { cpu: '2', memory: '1Gi', pods: '3', 'example.com/card': '1' };
const node: Node = makeNode('n', {}, { metadata: { labels: { disk: 'ssd' } } });

const podOf = (spec: Partial<Pod['spec']> = {}): Pod =>
  makePod('a', { containers: [{ name: 'c' }], ...spec });
const asking = (requests: Readonly<Record<string, string>>): Pod =>
  podOf({ containers: [{ name: 'c', resources: { requests } }] });
const listening = (hostPort: number, hostIP?: string, protocol?: string): Pod =>
  podOf({
    containers: [
      {
        name: 'c',
        ports: [
          { containerPort: 80, hostPort, ...(hostIP && { hostIP }), ...(protocol && { protocol }) },
        ],
      },
    ],
  });

const plan = (pod: Pod, others: readonly Pod[] = [], over: Partial<AdmissionInput> = {}) =>
  planAdmission({
    pod,
    claims: claimsOf(pod),
    others: others.map(claimsOf),
    allocatable,
    node,
    ...over,
  });

describe('the admission of pods to a node', () => {
  it('takes what fits, up to the last piece', () => {
    assert.equal(plan(podOf()), undefined);
    assert.equal(
      plan(asking({ cpu: '1500m', memory: '1Gi' }), [asking({ cpu: '500m' })]),
      undefined,
    );
  });

  it('says what is lacking, in the units of each', () => {
    assert.deepEqual(plan(asking({ cpu: '1501m' }), [asking({ cpu: '500m' })]), {
      reason: 'OutOfcpu',
      message: "Node didn't have enough resource: cpu, requested: 1501, used: 500, capacity: 2000",
    });
    assert.equal(plan(asking({ memory: '2Gi' }))?.reason, 'OutOfmemory');
    const card = asking({ 'example.com/card': '1' });
    assert.deepEqual(plan(card, [card]), {
      reason: 'OutOfexample.com/card',
      message:
        "Node didn't have enough resource: example.com/card, requested: 1, used: 1, capacity: 1",
    });
  });

  it('has a place for so many pods, whatever they ask for', () => {
    const others = [podOf(), podOf()];
    assert.equal(plan(podOf(), others), undefined);
    assert.deepEqual(plan(podOf(), [...others, podOf()]), {
      reason: 'OutOfpods',
      message: "Node didn't have enough resource: pods, requested: 1, used: 3, capacity: 3",
    });
  });

  it('leaves resources alone that the node does not have at all', () => {
    assert.equal(plan(asking({ 'example.com/other': '5' })), undefined);
  });

  it('gives a port to one pod only, per protocol and address', () => {
    const clash = {
      reason: 'NodePorts',
      message:
        "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports",
    };
    assert.deepEqual(plan(listening(80), [listening(80)]), clash);
    assert.deepEqual(plan(listening(80, '10.0.0.1'), [listening(80)]), clash);
    assert.deepEqual(plan(listening(80), [listening(80, '10.0.0.1')]), clash);
    assert.equal(plan(listening(80, '10.0.0.2'), [listening(80, '10.0.0.1')]), undefined);
    assert.equal(plan(listening(80, '', 'UDP'), [listening(80)]), undefined);
    assert.equal(plan(listening(81), [listening(80)]), undefined);
  });

  it('takes no pod that is for other nodes, as far as the node is known', () => {
    const elsewhere = podOf({ nodeSelector: { disk: 'tape' } });
    assert.equal(plan(podOf({ nodeSelector: { disk: 'ssd' } })), undefined);
    assert.deepEqual(plan(elsewhere), {
      reason: 'NodeAffinity',
      message: "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector",
      byNode: true,
    });
    assert.equal(plan(elsewhere, [], { node: undefined }), undefined);
  });

  it('minds taints only that send pods away', () => {
    const tainted = (effect: string) =>
      makeNode('n', { taints: [{ key: 'k', value: 'v', effect }] });
    assert.equal(plan(podOf(), [], { node: tainted('NoSchedule') }), undefined);
    const away = tainted('NoExecute');
    assert.deepEqual(plan(podOf(), [], { node: away }), {
      reason: 'TaintToleration',
      message: "Predicate TaintToleration failed: node(s) had taints that the pod didn't tolerate",
      byNode: true,
    });
    const tolerant = podOf({ tolerations: [{ key: 'k', operator: 'Exists' }] });
    assert.equal(plan(tolerant, [], { node: away }), undefined);
  });

  it('lets pods set only what is theirs in the kernel', () => {
    const setting = (name: string, spec: Partial<Pod['spec']> = {}) =>
      plan(podOf({ ...spec, securityContext: { sysctls: [{ name, value: '1' }] } }));
    assert.equal(setting('kernel.shm_rmid_forced'), undefined);
    assert.equal(setting('net/ipv4/tcp_syncookies'), undefined);
    assert.deepEqual(setting('kernel.msgmax'), {
      reason: 'SysctlForbidden',
      message: 'forbidden sysctl: "kernel.msgmax" not allowlisted',
    });
    assert.equal(
      setting('net.ipv4.tcp_syncookies', { hostNetwork: true })?.message,
      'forbidden sysctl: "net.ipv4.tcp_syncookies" not allowed with host net enabled',
    );
    assert.equal(
      setting('kernel.shm_rmid_forced', { hostIPC: true })?.message,
      'forbidden sysctl: "kernel.shm_rmid_forced" not allowed with host ipc enabled',
    );
  });
});
