import type { Node, Pod } from '@berth/api';
import { makeNode, makePod } from '@berth/api/testing';

export type Labels = Readonly<Record<string, string>>;

let count = 0;
/** A pod of its own name, placed on a node. */
export const podOn = (
  nodeName: string,
  labels: Labels = {},
  spec: Partial<Pod['spec']> = {},
): Pod => {
  const name = `p${(count += 1)}`;
  return makePod(name, { nodeName, ...spec }, { metadata: { labels } });
};
/** A node with these labels and no others. */
export const nodeWith = (name: string, labels: Labels = {}): Node => {
  const node = makeNode(name);
  return { ...node, metadata: { ...node.metadata, labels } };
};
/** A spec with a container for each of the requests. */
export const asking = (...requests: readonly Labels[]): Partial<Pod['spec']> => ({
  containers: requests.map((each, i) => ({ name: `c${i}`, resources: { requests: each } })),
});
export const sized = (name: string, cpu: string, memory: string): Node =>
  makeNode(name, {}, { status: { allocatable: { cpu, memory, pods: '32' } } });
export const repeat = <T>(times: number, make: () => T): readonly T[] =>
  Array.from({ length: times }, make);
