import { nodeChange } from '../change.ts';
import type { Change } from '../change.ts';

/** `undefined` takes the label away. */
export type LabelChanges = Readonly<Record<string, string | undefined>>;

/** Labels that say what a node is, and not what somebody wants it to be. */
const isFact = (key: string) => /^(.*\.)?(kubernetes|k8s)\.io\//.test(key);

export function relabel(name: string, labels: LabelChanges): Change {
  const parts = Object.entries(labels).map(([key, value]) =>
    value === undefined ? `without ${key}` : `${key}=${value}`,
  );
  const hasFacts = Object.keys(labels).some(isFact);
  const effort = (hasFacts ? 4 : 1) + 0.1 * (parts.length - 1);
  return nodeChange('LabelNode', `label node ${name} ${parts.join(', ')}`, effort, name, (node) => {
    const next = new Map(Object.entries(node.metadata.labels ?? {}));
    for (const [key, value] of Object.entries(labels)) {
      if (value === undefined) next.delete(key);
      else next.set(key, value);
    }
    return { ...node, metadata: { ...node.metadata, labels: Object.fromEntries(next) } };
  });
}
