import type { UserInfo } from '../request.ts';

/** Who asks, as API servers behind us read it from whoever shows the front proxy's certificate. */
export function remoteHeaders({
  name,
  uid,
  groups,
  extra = {},
}: UserInfo): Readonly<Record<string, string | readonly string[]>> {
  return {
    'x-remote-user': name,
    ...(uid && { 'x-remote-uid': uid }),
    ...(groups.length > 0 && { 'x-remote-group': groups }),
    ...Object.fromEntries(
      Object.entries(extra).map(([key, values]) => [
        `x-remote-extra-${escapeKey(key.toLowerCase())}`,
        values,
      ]),
    ),
  };
}

/** Everything that the name of a header cannot hold is escaped, and so is the escape itself. */
const escapeKey = (key: string): string =>
  key.replace(/[^!#$&'*+\-.^_`|~0-9a-z]/gu, (one) =>
    [...new TextEncoder().encode(one)]
      .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
      .join(''),
  );
