import type { PodFacts } from '../field-ref.ts';
import { textOf } from '../start-error.ts';
import { payloadOf, projectionOf, tokensOf } from './projection.ts';
import type { ProjectionObjects } from './projection.ts';
import { VolumeError } from './volume-error.ts';

/** What can be known to be missing before anything is made: objects, keys and fields that volumes refer to. */
export function missingForVolumes(
  facts: PodFacts,
  objects: Omit<ProjectionObjects, 'tokens'>,
): readonly VolumeError[] {
  return (facts.pod.spec.volumes ?? []).flatMap((volume) => {
    const files = projectionOf(volume);
    if (!files) return [];
    const tokens = new Map(tokensOf(files.sources).map(({ path }) => [path, '']));
    try {
      payloadOf(facts, { ...objects, tokens }, files.sources, files.defaultMode);
      return [];
    } catch (err) {
      return [volumeError(volume.name, err)];
    }
  });
}

export const volumeError = (name: string, reason: unknown): VolumeError =>
  new VolumeError(name, `MountVolume.SetUp failed for volume "${name}" : ${textOf(reason)}`, {
    cause: reason,
  });
