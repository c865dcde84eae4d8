import { apiVersionOf } from '@berth/api';
import type { APIService, Draft } from '@berth/api';
import { builtInPriority, customPriority } from './priorities.ts';

export interface GroupVersion {
  readonly group: string;
  readonly version: string;
}

/** Who looks after an APIService: this server, always or from its start on. Absent: somebody else. */
export const automanaged = 'kube-aggregator.kubernetes.io/automanaged';

export interface LocalPlan {
  readonly create: readonly Draft<APIService>[];
  /** Names. */
  readonly remove: readonly string[];
}

export const nameOf = ({ group, version }: GroupVersion): string => `${version}.${group}`;

/**
 * What has to change so that there is one APIService for each version that this server answers itself. Those that
 * somebody else wrote stay, whatever they say. The aggregator's own group is not listed, as upstream.
 */
export function planLocal(
  served: readonly GroupVersion[],
  existing: readonly APIService[],
): LocalPlan {
  const wanted = served.filter(({ group }) => group !== 'apiregistration.k8s.io');
  const names = new Set(wanted.map(nameOf));
  const known = new Set(existing.map(({ metadata }) => metadata.name));
  return {
    create: wanted.filter((one) => !known.has(nameOf(one))).map(localApiService),
    remove: existing
      .filter(({ metadata, spec }) => metadata.labels?.[automanaged] && !spec.service)
      .map(({ metadata }) => metadata.name)
      .filter((name) => !names.has(name)),
  };
}

function localApiService(groupVersion: GroupVersion): Draft<APIService> {
  const { group, version } = groupVersion;
  const builtIn = builtInPriority(apiVersionOf(groupVersion));
  const priority = builtIn ?? customPriority;
  return {
    metadata: {
      name: nameOf(groupVersion),
      labels: { [automanaged]: builtIn ? 'onstart' : 'true' },
    },
    spec: {
      ...(group && { group }),
      version,
      groupPriorityMinimum: priority.group,
      versionPriority: priority.version,
    },
  };
}
