import {
  csiNodes,
  namespaces,
  persistentVolumeClaims,
  persistentVolumes,
  replicaSets,
  replicationControllers,
  services,
  statefulSets,
  storageClasses,
  volumeAttachments,
} from '@berth/api';
import type { KubeObject, ResourceType } from '@berth/api';
import { createClusterState } from '../cluster-state.ts';
import type { ClusterState } from '../cluster-state.ts';
import { createEngine } from '../engine/engine.ts';
import type { Plugin } from '../framework.ts';
import type { World } from './oracle/index.ts';
import type { SuggestOptions } from '../why/suggest-changes.ts';

/** A cluster's state that has seen all of the world's objects. */
function stateOf(world: World): ClusterState {
  const state = createClusterState();
  const tell = <T extends KubeObject>(type: ResourceType<T>, all: readonly T[] = []) => {
    for (const object of all) state.setObject(type, object);
  };
  tell(namespaces, world.namespaces);
  tell(services, world.services);
  tell(replicaSets, world.replicaSets);
  tell(replicationControllers, world.replicationControllers);
  tell(statefulSets, world.statefulSets);
  tell(persistentVolumeClaims, world.claims);
  tell(persistentVolumes, world.volumes);
  tell(storageClasses, world.storageClasses);
  tell(csiNodes, world.csiNodes);
  tell(volumeAttachments, world.attachments);
  for (const node of world.nodes) state.setNode(node);
  for (const pod of world.pods) {
    const info = state.podInfo(pod);
    const promised = pod.status?.nominatedNodeName;
    if (pod.spec.nodeName) state.addPod(info, pod.spec.nodeName);
    else if (promised) state.nominate(info, promised);
  }
  return state;
}

export function optionsFor(world: World, plugins: readonly Plugin[]): SuggestOptions {
  const state = stateOf(world);
  const engineOf = (asked: readonly Plugin[]) => createEngine({ state, plugins: asked });
  return {
    state,
    engine: engineOf(plugins),
    byPlugin: new Map(plugins.map((plugin) => [plugin.name, engineOf([plugin])])),
  };
}
