import { daemonSets, keyOf, pods as podType, replicaSets } from '@berth/api';
import type {
  KubeObject,
  ObjectName,
  PlacementPlanSpec,
  PlacementPlanStatus,
  PlannedPod,
  Pod,
} from '@berth/api';
import type { PlacementReads } from '@berth/apiserver';
import { expandWorkload } from '@berth/controllers';
import type { Present } from '@berth/controllers';
import type { PodPlacement, PodPlan, Supposed } from '@berth/scheduler';
import { openDryRun } from './dry-run.ts';
import type { DryRunOptions } from './dry-run.ts';

export interface PlanManifestOptions extends DryRunOptions {
  readonly placement: PodPlacement;
}

interface Waiting {
  readonly pod: Pod;
  readonly from: ObjectName;
}

/**
 * What would become of the objects of a manifest, were it applied: each goes through the server as far as a dry run goes, and
 * the pods that controllers would make of them are decided about one after the other. Nothing is stored.
 */
export async function planManifest(
  { objects }: PlacementPlanSpec,
  namespace: string,
  options: PlanManifestOptions,
): Promise<PlacementPlanStatus> {
  const { placement, reads } = options;
  const dryRun = await openDryRun(objects, options);
  const judged = [];
  for (const object of objects) judged.push(await dryRun.judge(object, namespace));
  const present = await presentIn(placement, reads);
  const supposed: Supposed[] = [];
  const gone: string[] = [];
  const waiting: Waiting[] = [];
  const refused: PlannedPod[] = [];
  for (const { planned, kept } of judged) {
    if (!kept) continue;
    const { type, stored } = kept;
    const { object: from, outcome } = planned;
    if (isPod(stored)) {
      if (outcome === 'Created') waiting.push({ pod: stored, from });
      continue;
    }
    supposed.push({ type, object: stored });
    const { made, pods, gone: leaving } = expandWorkload(type, stored, present);
    supposed.push(...made);
    gone.push(...leaving.map(keyOf));
    for (const batch of pods) {
      const admitted = await dryRun.admit(batch);
      if ('pods' in admitted) waiting.push(...admitted.pods.map((pod) => ({ pod, from })));
      else refused.push(refusedPod(batch.draft.metadata, from, admitted.refusal));
    }
  }
  const plans = await placement.place(
    waiting.map(({ pod }) => pod),
    { supposed, gone },
  );
  const placed = plans.flatMap((plan, i) => {
    const { from } = waiting[i]!;
    return isNoPodOf(from, plan) ? [] : [plannedPod(plan, from)];
  });
  return { objects: judged.map(({ planned }) => planned), pods: [...placed, ...refused] };
}

const isPod = (object: KubeObject): object is Pod =>
  object.kind === podType.kind && object.apiVersion === podType.version;

async function presentIn(placement: PodPlacement, { list }: PlacementReads): Promise<Present> {
  const [nodes, sets, pods] = await Promise.all([
    placement.nodes(),
    list(replicaSets),
    list(podType),
  ]);
  return { nodes, replicaSets: sets, pods };
}

/** A daemon has no pod for nodes that it cannot run on; whether it can is for the scheduler's plugins to say. */
function isNoPodOf({ kind }: ObjectName, { nodeName, refusals = [], pod }: PodPlan): boolean {
  if (kind !== daemonSets.kind || nodeName !== undefined) return false;
  const meant = namedNode(pod);
  return refusals.some(
    ({ plugin, nodes }) => unsuitable.has(plugin) && meant !== undefined && nodes.includes(meant),
  );
}

const unsuitable: ReadonlySet<string> = new Set(['NodeAffinity', 'NodeName', 'TaintToleration']);

const namedNode = ({ spec }: Pod): string | undefined =>
  spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms[0]
    ?.matchFields?.[0]?.values?.[0];

const nameOf = ({ metadata }: Pod): ObjectName => ({
  kind: podType.kind,
  ...(metadata.namespace !== undefined && { namespace: metadata.namespace }),
  name: metadata.name,
});

const plannedPod = (
  { pod, nodeName, message, refusals, victims }: PodPlan,
  from: ObjectName,
): PlannedPod => ({
  pod: nameOf(pod),
  from,
  ...(nodeName !== undefined && { node: nodeName }),
  ...(message !== undefined && { message }),
  ...(refusals && { refusals }),
  ...(victims && { victims: victims.map(nameOf) }),
});

const refusedPod = (
  { name, generateName = '', namespace }: Partial<Pod['metadata']>,
  from: ObjectName,
  message: string,
): PlannedPod => ({
  pod: {
    kind: podType.kind,
    ...(namespace !== undefined && { namespace }),
    name: name ?? `${generateName}0`,
  },
  from,
  message,
});
