import { createHash } from 'node:crypto';
import type { OpenApiSource } from '../endpoints/openapi.ts';
import type { Aggregator, RemoteVersion } from './aggregator.ts';

const nameOf = ({ group, version }: Pick<RemoteVersion, 'group' | 'version'>) =>
  group ? `apis/${group}/${version}` : `api/${version}`;

type Document = Readonly<Record<string, unknown>>;

const asDocument = (value: unknown): Document =>
  typeof value === 'object' && value !== null ? (value as Document) : {};

/** The documents of this server together with those of the servers behind it that can be asked. */
export function withRemote(
  own: OpenApiSource,
  aggregator: Pick<Aggregator, 'remoteVersions' | 'document'>,
): OpenApiSource {
  const current = () => aggregator.remoteVersions().filter((version) => version.current);
  const read = (version: RemoteVersion, path: string) =>
    aggregator.document(version, path, new AbortController().signal).then(asDocument);
  return {
    names: () => [...own.names(), ...current().map(nameOf)],
    stamp: () =>
      [own.stamp(), ...current().map((version) => `${nameOf(version)} ${hashOf(version)}`)].join(
        '\n',
      ),
    async v3(name) {
      const version = current().find((one) => nameOf(one) === name);
      return version ? read(version, `/openapi/v3/${name}`) : own.v3(name);
    },
    async v2() {
      const [ours, ...theirs] = await Promise.all([
        own.v2(),
        // Whoever has no document has none; the others are still of use.
        ...current().map(async (version) =>
          only(await read(version, '/openapi/v2').catch(() => ({})), `/${nameOf(version)}/`),
        ),
      ]);
      return theirs.reduce<object>(merged, ours);
    },
  };
}

const hashOf = ({ rows }: RemoteVersion) =>
  createHash('sha256').update(JSON.stringify(rows)).digest('hex');

/** What the document says of one version. */
function only(document: Document, prefix: string): Document {
  const paths = Object.entries(asDocument(document['paths']));
  return {
    paths: Object.fromEntries(paths.filter(([path]) => path.startsWith(prefix))),
    definitions: asDocument(document['definitions']),
  };
}

/** Both in one; where both define something it is ours. */
function merged(ours: object, theirs: Document): object {
  const { paths, definitions, ...rest } = asDocument(ours);
  return {
    ...rest,
    paths: { ...asDocument(theirs['paths']), ...asDocument(paths) },
    definitions: { ...asDocument(theirs['definitions']), ...asDocument(definitions) },
  };
}
