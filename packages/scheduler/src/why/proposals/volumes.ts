import { persistentVolumeClaims, persistentVolumes } from '@berth/api';
import type { PersistentVolume, PersistentVolumeClaim, Pod } from '@berth/api';
import { podChange } from '../change.ts';
import type { Change } from '../change.ts';
import { withSpec } from '../obstacle.ts';
import type { Obstacle, Propose, Question } from '../obstacle.ts';

type Volume = NonNullable<Pod['spec']['volumes']>[number];

/** The plugins that look at volumes: a claim that is bound, or a pod that does without the volume. */
export const proposeForVolumes: Propose = (question) => {
  const pod = question.pod.shape.pod;
  const volumes = pod.spec.volumes ?? [];
  const single = volumes.filter((volume) => question.refuses(withSpec(pod, { volumes: [volume] })));
  // Where none is refused alone, as with limits on their number, any of them will do.
  const refused = single.length > 0 ? single : volumes.filter(isPersistent).slice(0, 1);
  return refused.map((volume): Obstacle => {
    return { alternatives: [...bindings(question, volume), doWithout(volume)] };
  });
};

const isPersistent = ({ persistentVolumeClaim, ephemeral, csi }: Volume) =>
  persistentVolumeClaim !== undefined || ephemeral !== undefined || csi !== undefined;

/** Binds the claim to a volume that nobody has. */
function bindings({ state, pod, node }: Question, volume: Volume): readonly Change[] {
  const name = volume.persistentVolumeClaim?.claimName;
  if (name === undefined) return [];
  const { namespace } = pod.shape;
  const claim = state.objects.get(persistentVolumeClaims, namespace, name);
  if (!claim || claim.spec.volumeName) return [];
  const free = [...state.objects.list(persistentVolumes)].filter(({ spec }) => !spec.claimRef);
  return free.map((target): Change => {
    const { uid } = claim.metadata;
    const bound: PersistentVolumeClaim = {
      ...claim,
      metadata: {
        ...claim.metadata,
        annotations: {
          ...claim.metadata.annotations,
          'pv.kubernetes.io/bind-completed': 'yes',
        },
      },
      spec: { ...claim.spec, volumeName: target.metadata.name },
      status: { ...claim.status, phase: 'Bound' },
    };
    const taken: PersistentVolume = {
      ...target,
      spec: {
        ...target.spec,
        claimRef: { kind: 'PersistentVolumeClaim', namespace, name, ...(uid && { uid }) },
      },
    };
    return {
      kind: 'BindClaim',
      text: `bind claim ${namespace}/${name} to volume ${target.metadata.name}, which node ${node.name} can reach`,
      effort: 1.5,
      edits: [
        { kind: 'setObject', type: persistentVolumeClaims, object: bound },
        { kind: 'setObject', type: persistentVolumes, object: taken },
      ],
    };
  });
}

function doWithout({ name }: Volume): Change {
  type Container = Pod['spec']['containers'][number];
  const without = (container: Container): Container => ({
    ...container,
    ...(container.volumeMounts && {
      volumeMounts: container.volumeMounts.filter((mount) => mount.name !== name),
    }),
    ...(container.volumeDevices && {
      volumeDevices: container.volumeDevices.filter((device) => device.name !== name),
    }),
  });
  return podChange('RemoveVolume', `do without volume ${name}`, 2.5, (spec) => ({
    ...spec,
    volumes: (spec.volumes ?? []).filter((volume) => volume.name !== name),
    containers: spec.containers.map(without),
    ...(spec.initContainers && { initContainers: spec.initContainers.map(without) }),
  }));
}
