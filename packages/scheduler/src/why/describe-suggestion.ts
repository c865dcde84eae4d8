import { nodes, pods } from '@berth/api';
import type {
  KubeObject,
  Node,
  ObjectName,
  Pod,
  ResourceType,
  SuggestedChange,
  SuggestedEdit,
  Suggestion,
} from '@berth/api';
import type { ClusterState } from '../cluster-state.ts';
import type { Change, Edit } from './change.ts';
import { mergePatchBetween } from './merge-patch-between.ts';
import type { Suggestion as Found } from './suggest-changes.ts';

/** A suggestion as clients read it, each edit with the patch that carries it out. */
export function describeSuggestion(
  { changes, nodeName }: Found,
  pod: Pod,
  state: ClusterState,
): Suggestion {
  let changedPod = pod;
  const changedNodes = new Map<string, Node>();
  const describeEdit = (edit: Edit): readonly SuggestedEdit[] => {
    switch (edit.kind) {
      case 'pod': {
        const before = changedPod;
        changedPod = edit.to(before);
        return [patched(pods, before, changedPod)];
      }
      case 'node': {
        const before = changedNodes.get(edit.name) ?? state.node(edit.name)?.node;
        if (!before) return [];
        const after = edit.to(before);
        changedNodes.set(edit.name, after);
        return [patched(nodes, before, after)];
      }
      case 'addNode':
        return [created(nodes, edit.node)];
      case 'removePod': {
        const [namespace = '', name = ''] = edit.key.split('/');
        return [{ action: 'delete', target: { kind: pods.kind, namespace, name } }];
      }
      case 'setObject': {
        const { namespace, name } = edit.object.metadata;
        const before = state.objects.get(edit.type, namespace, name);
        return [before ? patched(edit.type, before, edit.object) : created(edit.type, edit.object)];
      }
    }
  };
  const describe = ({ kind, text, edits }: Change): SuggestedChange => ({
    ...{ kind, text },
    edits: edits.flatMap(describeEdit),
  });
  return { changes: changes.map(describe), node: nodeName };
}

const nameOf = ({ kind }: ResourceType, { metadata }: KubeObject): ObjectName => ({
  kind,
  ...(metadata.namespace !== undefined && { namespace: metadata.namespace }),
  name: metadata.name,
});

const patched = (type: ResourceType, before: KubeObject, after: KubeObject): SuggestedEdit => ({
  action: 'patch',
  target: nameOf(type, before),
  body: mergePatchBetween(before, after),
});

const created = (type: ResourceType, body: KubeObject): SuggestedEdit => ({
  action: 'create',
  target: nameOf(type, body),
  body,
});
