import { isNotFound, stringifyJson } from '@berth/api';
import type { KubeObject } from '@berth/api';
import { createClient } from '@berth/client';
import { declareSwitch, optionalValue } from '../command-line.ts';
import { fieldManager } from '../connection.ts';
import type { Cluster } from '../connection.ts';
import { readManifests } from '../manifests.ts';
import type { FileFlags, Manifest } from '../manifests.ts';
import { refIn, spoken } from '../object-names.ts';
import { UsageError } from '../usage-error.ts';
import type { Verb } from '../verb.ts';
import { collect } from './collect.ts';

interface ApplyFlags extends FileFlags {
  readonly dryRun?: string;
  readonly forceConflicts?: boolean;
  readonly fieldManager?: string;
}

/** Server-side apply: the server merges, and says who else wants what is in conflict. */
export const apply: Verb<ApplyFlags> = {
  declare(command) {
    command
      .usage('-f FILE')
      .description('Bring objects to what files say, and create what is missing.')
      .option('-f, --filename <file>', 'a file, a directory, or - for stdin', collect)
      .option('--field-manager <name>', 'who the fields belong to', fieldManager)
      .addOption(optionalValue('--dry-run [where]', 'server: try it, and keep nothing', 'server'));
    declareSwitch(command, '-R, --recursive', 'go into directories of directories');
    declareSwitch(command, '--force-conflicts', 'take over what belongs to others');
    declareSwitch(command, '--server-side', 'accepted for scripts; it is always so');
  },

  async run(session, { flags }) {
    const cluster = session.cluster();
    const manifests = await readManifests(session.host, await cluster.resources(), flags);
    if (manifests.length === 0) throw new UsageError('must specify one of -f and -k');
    const errors: unknown[] = [];
    for (const manifest of manifests) {
      try {
        const done = await applyOne(cluster, manifest, flags);
        const tried = flags.dryRun === 'server' ? ' (server dry run)' : '';
        const { name } = manifest.object.metadata;
        await session.screen.say(`${spoken(manifest.resource, name)} ${done}${tried}`);
      } catch (err) {
        errors.push(err);
      }
    }
    if (errors.length > 0) throw new AggregateError(errors);
  },
};

async function applyOne(
  cluster: Cluster,
  { object, resource, source }: Manifest,
  flags: ApplyFlags,
): Promise<'created' | 'configured' | 'unchanged'> {
  if (!object.metadata.name)
    throw new UsageError(
      `error when retrieving current configuration of ${source}: resource name may not be empty`,
    );
  const ref = refIn(cluster, resource, object.metadata);
  const before = await cluster.client.get(resource, ref).catch((err: unknown) => {
    if (isNotFound(err)) return undefined;
    throw err;
  });
  const metadata = { ...object.metadata, ...(ref.namespace && { namespace: ref.namespace }) };
  const after = await send(cluster, resource, ref, { ...object, metadata }, flags);
  if (!before) return 'created';
  const isSame = before.metadata.resourceVersion === after.metadata.resourceVersion;
  return isSame ? 'unchanged' : 'configured';
}

/** Numbers that a double would change arrive as bigint, which the client's own JSON does not print. */
async function send(
  { transport }: Cluster,
  resource: Manifest['resource'],
  ref: { readonly name: string; readonly namespace?: string },
  object: KubeObject,
  { dryRun, forceConflicts, fieldManager: manager = fieldManager }: ApplyFlags,
): Promise<KubeObject> {
  const body = Buffer.from(stringifyJson(object));
  const client = createClient((request, signal) => transport({ ...request, body }, signal), {
    userAgent: fieldManager,
  });
  return client.patch(
    resource,
    ref,
    'apply',
    {},
    {
      fieldManager: manager,
      fieldValidation: 'Strict',
      dryRun: dryRun === 'server',
      force: forceConflicts ?? false,
    },
  );
}
