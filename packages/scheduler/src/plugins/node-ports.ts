import { fits, refuse } from '../framework.ts';
import type { Plugin } from '../framework.ts';

const refused = refuse("node(s) didn't have free ports for the requested pod ports");

/** Two pods of one node cannot listen on the same host port. */
export const nodePorts: Plugin = {
  name: 'NodePorts',
  scope: 'node',
  filter: ({ shape: { hostPorts } }) =>
    hostPorts.length === 0
      ? undefined
      : (node) => (hostPorts.some((port) => node.usesPort(port)) ? refused : fits),
};
