import type { Propose } from '../obstacle.ts';
import { proposeUncordon } from './cordon.ts';
import { proposeForNodeAffinity } from './node-affinity.ts';
import { proposeForNodeName } from './node-name.ts';
import { proposeForPodAffinity } from './pod-affinity.ts';
import { proposeForPorts } from './ports.ts';
import { proposeForResources } from './resources.ts';
import { proposeForSpread } from './spread.ts';
import { proposeForTaints } from './taints.ts';
import { proposeForVolumes } from './volumes.ts';

/** What may undo a plugin's refusal, by the name of the plugin. */
export const proposals: ReadonlyMap<string, Propose> = new Map([
  ['NodeUnschedulable', proposeUncordon],
  ['NodeName', proposeForNodeName],
  ['TaintToleration', proposeForTaints],
  ['NodeAffinity', proposeForNodeAffinity],
  ['NodePorts', proposeForPorts],
  ['NodeResourcesFit', proposeForResources],
  ['VolumeRestrictions', proposeForVolumes],
  ['NodeVolumeLimits', proposeForVolumes],
  ['VolumeBinding', proposeForVolumes],
  ['VolumeZone', proposeForVolumes],
  ['PodTopologySpread', proposeForSpread],
  ['InterPodAffinity', proposeForPodAffinity],
]);
