import type { ServedResource } from '../registry/served.ts';
import type { GroupVersion } from './plan-local.ts';

const texts = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];

const text = (value: unknown, fallback = ''): string =>
  typeof value === 'string' ? value : fallback;

const asRecord = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

/** The rows of an APIResourceList that a server behind us gave; what makes no sense is left out. */
export function readResourceList(
  list: unknown,
  { group, version }: GroupVersion,
): readonly ServedResource[] {
  const { resources } = asRecord(list);
  const rows = (Array.isArray(resources) ? resources : []).map(asRecord);
  const mains = new Map(
    rows
      .filter(({ name }) => typeof name === 'string' && !name.includes('/'))
      .map((row) => [text(row['name']), row]),
  );
  return rows.flatMap((row) => {
    const [resource = '', subresource = ''] = text(row['name']).split('/');
    const main = mains.get(resource) ?? row;
    const kind = text(row['kind']);
    if (resource === '' || kind === '') return [];
    const type = {
      group,
      version,
      resource,
      singular: text(main['singularName']),
      kind: text(main['kind']),
      namespaced: main['namespaced'] === true,
      shortNames: texts(main['shortNames']),
      categories: texts(main['categories']),
    };
    const verbs = texts(row['verbs']);
    const own = { group: text(row['group'], group), version: text(row['version'], version) };
    return [{ type, subresource, ...own, kind, verbs }];
  });
}
