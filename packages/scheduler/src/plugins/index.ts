import type { PluginArgs } from '../configuration/plugin-args.ts';
import type { Plugin } from '../framework.ts';
import { createBalancedAllocation } from './balanced-allocation.ts';
import { dynamicResources } from './dynamic-resources.ts';
import { imageLocality } from './image-locality.ts';
import { createInterPodAffinity } from './inter-pod-affinity.ts';
import { createNodeAffinity } from './node-affinity.ts';
import { nodeName } from './node-name.ts';
import { nodePorts } from './node-ports.ts';
import { createNodeResourcesFit } from './node-resources-fit.ts';
import { nodeUnschedulable } from './node-unschedulable.ts';
import { createPodTopologySpread } from './pod-topology-spread.ts';
import { taintToleration } from './taint-toleration.ts';
import { nodeVolumeLimits } from './volumes/node-volume-limits.ts';
import { volumeBinding } from './volumes/volume-binding.ts';
import { volumeRestrictions } from './volumes/volume-restrictions.ts';
import { volumeZone } from './volumes/volume-zone.ts';

/** The built-in plugins by their names in upstream's configuration. The order of the default profile stands there. */
export const builtInPlugins: Readonly<Record<string, (args: PluginArgs) => Plugin>> = {
  NodeUnschedulable: () => nodeUnschedulable,
  NodeName: () => nodeName,
  TaintToleration: () => taintToleration,
  NodeAffinity: ({ NodeAffinity }) => createNodeAffinity(NodeAffinity),
  NodePorts: () => nodePorts,
  NodeResourcesFit: ({ NodeResourcesFit }) => createNodeResourcesFit(NodeResourcesFit),
  VolumeRestrictions: () => volumeRestrictions,
  NodeVolumeLimits: () => nodeVolumeLimits,
  VolumeBinding: () => volumeBinding,
  VolumeZone: () => volumeZone,
  PodTopologySpread: ({ PodTopologySpread }) => createPodTopologySpread(PodTopologySpread),
  InterPodAffinity: ({ InterPodAffinity }) => createInterPodAffinity(InterPodAffinity),
  DynamicResources: () => dynamicResources,
  NodeResourcesBalancedAllocation: ({ NodeResourcesBalancedAllocation }) =>
    createBalancedAllocation(NodeResourcesBalancedAllocation),
  ImageLocality: () => imageLocality,
};
