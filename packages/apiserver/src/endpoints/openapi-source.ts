import { createHash } from 'node:crypto';
import { openApiV2, openApiV3, stringifyJson } from '@berth/api';
import type { ServedResource } from '../registry/served.ts';
import { version } from '../version.ts';
import type { OpenApiSource } from './openapi.ts';

const info = { version: version.gitVersion };

type GroupVersion = Pick<ServedResource['type'], 'group' | 'version'>;

const nameOf = ({ group, version }: GroupVersion) =>
  group ? `apis/${group}/${version}` : `api/${version}`;

const stamps = new WeakMap<object, string>();

/** Tells one schema from another. */
function stampOf(schema: object): string {
  const known = stamps.get(schema);
  if (known !== undefined) return known;
  const stamp = createHash('sha256').update(stringifyJson(schema)).digest('hex');
  stamps.set(schema, stamp);
  return stamp;
}

/** The documents of what is served right now. */
export function openApiSource(resources: () => readonly ServedResource[]): OpenApiSource {
  const groupVersions = () =>
    new Map(resources().map(({ type }) => [nameOf(type), type] satisfies [string, GroupVersion]));
  return {
    names: () => [...groupVersions().keys()],
    stamp: () =>
      [
        info.version,
        ...resources().map(
          ({ type, subresource, schema }) =>
            `${nameOf(type)}/${type.resource}/${subresource}${schema ? stampOf(schema) : ''}`,
        ),
      ].join('\n'),
    v3: async (name) => {
      const groupVersion = groupVersions().get(name);
      if (!groupVersion) throw new Error(`no document ${name}`);
      return openApiV3(groupVersion, resources(), info);
    },
    v2: async () => openApiV2(resources(), info),
  };
}
