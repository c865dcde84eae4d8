import assert from 'node:assert/strict';
import fc from 'fast-check';
import { clusterPaths, nodeNames, nodePaths } from '../data-dir.ts';
import {
  nodeCommands,
  planHostNetwork,
  podRouteCommands,
  serviceRouteCommand,
} from './network-plan.ts';

describe('planHostNetwork', () => {
  it('gives names that fit an interface, and addresses that nobody shares', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 200 }), (dir, count) => {
        const { id } = clusterPaths(`/${dir}`);
        const { bridge, address, nodes } = planHostNetwork(id, nodeNames(count));
        const names = [bridge, ...nodes.map(({ veth }) => veth)];
        const addresses = [address, ...nodes.map((node) => node.address)];
        return (
          names.every((name) => name.length <= 15) &&
          new Set(names).size === names.length &&
          new Set(addresses).size === addresses.length
        );
      }),
    );
  });

  it('leads to pods through their nodes, and to Services through the first', () => {
    const network = planHostNetwork('00abcd', ['a', 'b']);
    assert.deepEqual(podRouteCommands(network, new Map([['b', '10.244.1.0/24']])), [
      ['ip', 'route', 'replace', '10.244.1.0/24', 'via', '10.89.0.12'],
    ]);
    assert.deepEqual(serviceRouteCommand(network, '10.96.0.0/16'), [
      ['ip', 'route', 'replace', '10.96.0.0/16', 'via', '10.89.0.11'],
    ]);
    assert.deepEqual(serviceRouteCommand(planHostNetwork('00abcd', []), '10.96.0.0/16'), []);
  });

  it('touches nothing of the machine but the bridge and the cable when it makes a node', () => {
    const network = planHostNetwork('00abcd', ['a']);
    const [node] = network.nodes;
    for (const command of nodeCommands(network, node!)) {
      assert.ok(
        command.some((word) => word === node!.netns || word === node!.veth),
        command.join(' '),
      );
    }
  });
});

describe('nodePaths', () => {
  it('keeps sockets short, however deep the data lies', () => {
    const paths = clusterPaths(`/${'deep/'.repeat(60)}`);
    assert.ok(nodePaths(paths, 'node-200').socket.length < 100);
  });
});
