import { badRequest } from '@berth/api';
import type { Authorizer } from '../authorization/authorizer.ts';
import { refusal } from '../authorization/forbidden.ts';
import type { Attributes } from '../authorization/attributes.ts';
import type { Filter, UserInfo } from '../request.ts';
import {
  anonymous,
  authenticated,
  parseServiceAccountName,
  serviceAccountGroups,
  unauthenticated,
} from '../users.ts';

/** Repeated headers reach a handler as one, its values parted by line feeds, which no value can hold. */
const valuesOf = (header: string | undefined) => header?.split('\n').filter(Boolean) ?? [];

const prefix = 'impersonate-';
const extraPrefix = `${prefix}extra-`;

/** Lets those who may act as somebody else, with kubectl's `--as`, `--as-group` and `--as-uid`. */
export const impersonation =
  (authorize: Authorizer): Filter =>
  (next) =>
  async (context) => {
    const asked = impersonated(context.request.headers);
    if (!asked) return next(context);
    for (const attributes of permissionsFor(asked)) {
      const decision = await authorize({ ...attributes, user: context.user });
      if (!decision.allowed) throw refusal({ ...attributes, user: context.user }, decision.reason);
    }
    const user = completed(asked);
    context.audit?.impersonate(user);
    return next({ ...context, user });
  };

function impersonated(headers: Readonly<Record<string, string>>): UserInfo | undefined {
  if (!Object.keys(headers).some((header) => header.startsWith(prefix))) return undefined;
  const name = headers['impersonate-user'];
  const groups = valuesOf(headers['impersonate-group']);
  const uid = headers['impersonate-uid'];
  const extra = Object.fromEntries(
    Object.entries(headers)
      .filter(([header]) => header.startsWith(extraPrefix))
      .map(([header, values]) => [unescape(header.slice(extraPrefix.length)), valuesOf(values)]),
  );
  if (!name) {
    if (groups.length > 0 || uid || Object.keys(extra).length > 0) {
      throw badRequest('requested groups, uid or extra without impersonating a user');
    }
    return undefined;
  }
  return {
    name,
    ...(uid && { uid }),
    groups,
    ...(Object.keys(extra).length > 0 && { extra }),
  };
}

/** The groups that come with a name by themselves; nobody needs a permission for them unless they ask for them. */
function completed(asked: UserInfo): UserInfo {
  const account = parseServiceAccountName(asked.name);
  const groups =
    account && asked.groups.length === 0 ? serviceAccountGroups(account.namespace) : asked.groups;
  if (groups.includes(authenticated) || groups.includes(unauthenticated)) {
    return { ...asked, groups };
  }
  const standing = asked.name === anonymous.name ? unauthenticated : authenticated;
  return { ...asked, groups: [...groups, standing] };
}

type Permission = Omit<Attributes, 'user'>;

function permissionsFor({ name, uid, groups, extra = {} }: UserInfo): readonly Permission[] {
  const account = parseServiceAccountName(name);
  return [
    account
      ? permission('', 'serviceaccounts', account.name, account.namespace)
      : permission('', 'users', name),
    ...groups.map((group) => permission('', 'groups', group)),
    ...(uid ? [permission(authentication, 'uids', uid)] : []),
    ...Object.entries(extra).flatMap(([key, values]) =>
      values.map((value) => ({
        ...permission(authentication, 'userextras', value),
        subresource: key,
      })),
    ),
  ];
}

const authentication = 'authentication.k8s.io';

const permission = (group: string, resource: string, name: string, namespace = ''): Permission => ({
  verb: 'impersonate',
  isResource: true,
  group,
  version: 'v1',
  resource,
  subresource: '',
  namespace,
  name,
  path: '',
});

function unescape(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}
