import type { UserInfo } from './request.ts';

export const authenticated = 'system:authenticated';
export const unauthenticated = 'system:unauthenticated';
export const masters = 'system:masters';
export const nodesGroup = 'system:nodes';

export const anonymous: UserInfo = { name: 'system:anonymous', groups: [unauthenticated] };

/** The API server itself, when it asks something of itself. */
export const apiServerUser: UserInfo = {
  name: 'system:apiserver',
  groups: [masters, authenticated],
};

const serviceAccountPrefix = 'system:serviceaccount:';

export const serviceAccountName = (namespace: string, name: string): string =>
  `${serviceAccountPrefix}${namespace}:${name}`;

export const serviceAccountGroups = (namespace: string): readonly string[] => [
  'system:serviceaccounts',
  `system:serviceaccounts:${namespace}`,
];

/** The service account that a user name stands for, if it stands for one. */
export function parseServiceAccountName(
  user: string,
): { readonly namespace: string; readonly name: string } | undefined {
  if (!user.startsWith(serviceAccountPrefix)) return undefined;
  const [namespace, name, ...rest] = user.slice(serviceAccountPrefix.length).split(':');
  return namespace && name && rest.length === 0 ? { namespace, name } : undefined;
}

const nodePrefix = 'system:node:';

/** The node that a user is, if it is one. */
export const nodeNameOf = ({ name, groups }: UserInfo): string | undefined =>
  groups.includes(nodesGroup) && name.startsWith(nodePrefix)
    ? name.slice(nodePrefix.length)
    : undefined;

/** The user with the group that everybody has who is somebody. */
export const asAuthenticated = (user: UserInfo): UserInfo =>
  user.groups.includes(authenticated) || user.groups.includes(unauthenticated)
    ? user
    : { ...user, groups: [...user.groups, authenticated] };
