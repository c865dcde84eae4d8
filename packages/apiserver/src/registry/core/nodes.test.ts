import assert from 'node:assert/strict';
import type { FieldError, Node } from '@berth/api';
import { createdAt, makeNode } from '@berth/api/testing';
import { nodes } from './nodes.ts';

const texts = (errors: readonly FieldError[] = []) =>
  errors.map(({ field, detail }) => `${field}: ${detail}`);
const complete = (node: Node) => nodes.defaults?.(node) ?? node;

describe('nodes', () => {
  it('can use all they have, and have one CIDR under two names', () => {
    const { allocatable: _none, ...status } = makeNode('a').status ?? {};
    const node = complete({
      ...makeNode('a', { podCIDR: '10.0.1.0/24' }),
      status: { ...status, capacity: { cpu: '4' } },
    });
    assert.deepEqual(node.status?.allocatable, { cpu: '4' });
    assert.deepEqual(node.spec.podCIDRs, ['10.0.1.0/24']);
    assert.equal(
      complete(makeNode('a', { podCIDRs: ['10.0.1.0/24'] })).spec.podCIDR,
      '10.0.1.0/24',
    );
  });

  it('refuse taints and CIDRs that mean nothing', () => {
    const node = makeNode('a', {
      taints: [
        { key: 'k', effect: 'NoSchedule' },
        { key: 'k', effect: 'NoSchedule' },
        { key: 'k', effect: 'Sometimes' },
      ],
      podCIDRs: ['10.0.0.0/24', '10.0.1.0/99'],
    });
    assert.deepEqual(texts(nodes.validate?.(node)), [
      'metadata.taints[1]: Duplicate value: {"key":"k","effect":"NoSchedule"}: taints must be unique by key and effect pair',
      'metadata.taints[2].effect: Unsupported value: "Sometimes": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
      'spec.podCIDRs[1]: Invalid value: "10.0.1.0/99": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
      'spec.podCIDRs: Invalid value: ["10.0.0.0/24","10.0.1.0/99"]: may specify no more than one CIDR for each IP family',
    ]);
  });

  it('keep what they were given', () => {
    const old = makeNode('a', { podCIDRs: ['10.0.0.0/24'], providerID: 'x' });
    const node = makeNode('a', { podCIDRs: ['10.0.1.0/24'], providerID: 'y', unschedulable: true });
    assert.deepEqual(texts(nodes.validateUpdate?.(node, old)), [
      'spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid',
      'spec.providerID: Forbidden: node updates may not change providerID except from "" to valid',
    ]);
  });

  it('refuse the same address twice', () => {
    const address = { type: 'InternalIP', address: '10.0.0.1' };
    const node = makeNode('a', {}, { status: { addresses: [address, address] } });
    assert.deepEqual(texts(nodes.status?.validateUpdate?.(node, node)), [
      'status.addresses[1]: Duplicate value: {"type":"InternalIP","address":"10.0.0.1"}',
    ]);
  });

  it('are shown as kubectl shows them', () => {
    const info = { kubeletVersion: 'v1.36.0', osImage: 'Debian', kernelVersion: '6.1' };
    const node = {
      ...makeNode(
        'a',
        { unschedulable: true },
        {
          metadata: {
            labels: { 'node-role.kubernetes.io/worker': '', 'kubernetes.io/role': 'edge' },
          },
        },
      ),
      status: {
        conditions: [{ type: 'Ready', status: 'Unknown' }],
        addresses: [{ type: 'InternalIP', address: '10.0.0.1' }],
        nodeInfo: info as never,
      },
    };
    const now = Date.parse(createdAt) + 3_600_000;
    assert.deepEqual(
      nodes.columns.map(({ cell }) => cell(node, now)),
      [
        'a',
        'NotReady,SchedulingDisabled',
        'edge,worker',
        '60m',
        'v1.36.0',
        '10.0.0.1',
        '<none>',
        'Debian',
        '6.1',
        '<unknown>',
      ],
    );
  });
});
