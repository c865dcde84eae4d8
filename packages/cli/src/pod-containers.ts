import type { Pod } from '@berth/api';
import { UsageError } from './usage-error.ts';

const defaultAnnotation = 'kubectl.kubernetes.io/default-container';

export interface ContainerChoice {
  readonly name: string;
  /** What a person should know who named none. */
  readonly note?: string;
}

/** The container that is meant: the named one, else the annotated one, else the first. Throws `UsageError`. */
export function chooseContainer(pod: Pod, wanted: string | undefined): ContainerChoice {
  const names = allContainers(pod);
  if (wanted !== undefined) {
    if (names.includes(wanted)) return { name: wanted };
    throw new UsageError(
      `container ${wanted} is not valid for pod ${pod.metadata.name} out of: ${names.join(', ')}`,
    );
  }
  const annotated = pod.metadata.annotations?.[defaultAnnotation];
  if (annotated !== undefined && names.includes(annotated)) return { name: annotated };
  const [first = ''] = pod.spec.containers.map(({ name }) => name);
  if (names.length < 2) return { name: first };
  return { name: first, note: `Defaulted container "${first}" out of: ${names.join(', ')}` };
}

/** Names of all containers of a pod, in the order in which kubectl lists them. */
export const allContainers = ({ spec }: Pod): readonly string[] =>
  [...spec.containers, ...(spec.initContainers ?? []), ...(spec.ephemeralContainers ?? [])].map(
    ({ name }) => name,
  );
