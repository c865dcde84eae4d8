import { badRequest, notFound, pods } from '@berth/api';
import type { ObjectRef, Pod } from '@berth/api';
import type { Lookup } from '../lookup.ts';

export async function findPod(lookup: Lookup, ref: Required<ObjectRef>): Promise<Pod> {
  const pod = await lookup(pods, ref);
  if (!pod) throw notFound(pods, ref.name);
  return pod;
}

/** The node that runs the pod; throws when no node does. */
export function nodeOf({ metadata, spec }: Pod): string {
  if (!spec.nodeName) throw badRequest(`pod ${metadata.name} does not have a host assigned`);
  return spec.nodeName;
}

/** The container that is asked for, or the only one. */
export function chooseContainer({ metadata, spec }: Pod, asked: string): string {
  const { containers, initContainers = [], ephemeralContainers = [] } = spec;
  if (asked !== '') {
    const all = [...initContainers, ...containers, ...ephemeralContainers];
    if (all.some(({ name }) => name === asked)) return asked;
    throw badRequest(`container ${asked} is not valid for pod ${metadata.name}`);
  }
  const [only, ...others] = containers;
  if (only && others.length === 0) return only.name;
  const needed = `a container name must be specified for pod ${metadata.name}`;
  if (!only) throw badRequest(needed);
  const choices = `${needed}, choose one of: [${namesOf(containers)}]`;
  throw badRequest(
    initContainers.length > 0
      ? `${choices} or one of the init containers: [${namesOf(initContainers)}]`
      : choices,
  );
}

const namesOf = (containers: readonly { readonly name: string }[]) =>
  containers.map(({ name }) => name).join(' ');
