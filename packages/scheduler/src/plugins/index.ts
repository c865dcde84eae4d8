import type { Plugin } from '../framework.ts';
import { createBalancedAllocation } from './balanced-allocation.ts';
import { imageLocality } from './image-locality.ts';
import { createInterPodAffinity } from './inter-pod-affinity.ts';
import { createNodeAffinity } from './node-affinity.ts';
import { nodeName } from './node-name.ts';
import { nodePorts } from './node-ports.ts';
import { createNodeResourcesFit } from './node-resources-fit.ts';
import { nodeUnschedulable } from './node-unschedulable.ts';
import { createPodTopologySpread } from './pod-topology-spread.ts';
import { taintToleration } from './taint-toleration.ts';

/** The default profile, in the order in which upstream asks: the first refusal ends the questions for a node. */
export const defaultPlugins: readonly Plugin[] = [
  nodeUnschedulable,
  nodeName,
  taintToleration,
  createNodeAffinity(),
  nodePorts,
  createNodeResourcesFit(),
  createPodTopologySpread(),
  createInterPodAffinity(),
  createBalancedAllocation(),
  imageLocality,
];
