import { nodes, pods } from '@berth/api';
import type { Binding, KubeObject } from '@berth/api';
import type { Admission, AdmissionReads } from './admission.ts';
import { isOf } from './on.ts';

/** The labels of a node that its pods take over. */
const copied = ['topology.kubernetes.io/zone', 'topology.kubernetes.io/region'];

/** A pod that gets its node is labelled with where that is, so that it can read it of itself. */
export const podTopologyLabels = ({ get }: Pick<AdmissionReads, 'get'>): Admission => ({
  name: 'PodTopologyLabels',
  handles: ({ operation, type, subresource }) =>
    operation === 'CREATE' && isOf(type, pods) && (subresource === 'binding' || subresource === ''),
  async mutate(object, { subresource }) {
    const name = nodeNameOf(object, subresource);
    const node = name ? await get(nodes, { name }) : undefined;
    const known = copied.flatMap((key) => {
      const value = node?.metadata.labels?.[key];
      return value === undefined ? [] : [[key, value] as const];
    });
    if (known.length === 0) return object;
    const labels = { ...object.metadata.labels, ...Object.fromEntries(known) };
    return { ...object, metadata: { ...object.metadata, labels } };
  },
});

/** A binding names the node that it gives; a pod may have one from the start. */
function nodeNameOf(object: KubeObject, subresource: string): string | undefined {
  if (subresource === '') return (object as { spec?: { nodeName?: string } }).spec?.nodeName;
  const { target } = object as unknown as Binding;
  return target.kind === 'Node' ? target.name : undefined;
}
