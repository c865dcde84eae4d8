import { keyOf, podGroups } from '@berth/api';
import type { InformerFactory } from '@berth/client';
import type { Gangs } from './gangs.ts';

/** Tells of the PodGroups there are. */
export function watchGroups({
  informers,
  gangs,
}: {
  readonly informers: InformerFactory;
  readonly gangs: Pick<Gangs, 'setGroup' | 'removeGroup'>;
}): void {
  informers.informer(podGroups).addHandler({
    added: (group) => gangs.setGroup(group),
    updated: (_, group) => gangs.setGroup(group),
    deleted: (group) => gangs.removeGroup(keyOf(group)),
  });
}
