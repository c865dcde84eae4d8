import { pathOf, StatusError } from '@berth/api';
import type { KubeObject } from '@berth/api';
import { fieldManager } from '../connection.ts';
import type { Cluster } from '../connection.ts';
import { declareDryRun, dryRunNote, readDryRun } from '../dry-run.ts';
import { exchangeObject } from '../exchange.ts';
import { declareFiles, placeManifest, placeManifests } from '../manifest-targets.ts';
import type { FileFlags, PlacedManifest } from '../manifest-targets.ts';
import { spoken } from '../object-names.ts';
import { objectPrinter } from '../printers/object-output.ts';
import { parseOutput } from '../printers/output-form.ts';
import { queryString } from '../query.ts';
import type { Session } from '../session.ts';
import { UsageError } from '../usage-error.ts';
import type { Verb } from '../verb.ts';
import { fieldValidationOf } from './apply.ts';

interface CreateFlags extends FileFlags {
  readonly output?: string;
  readonly dryRun?: string;
  readonly validate: string;
}

export const create: Verb<CreateFlags> = {
  declare(command) {
    command
      .usage('-f FILE | namespace NAME')
      .description('Create objects; those that exist already are left alone, and told about.')
      .option('-o, --output <form>', 'print the objects: json, yaml, name')
      .option(
        '--validate <how>',
        'strict, warn or ignore: what becomes of unknown fields',
        'strict',
      );
    declareFiles(command, 'file, directory, or - for stdin');
    declareDryRun(command);
  },

  async run(session, { args, flags }) {
    const { screen } = session;
    const dryRun = readDryRun(flags.dryRun);
    const form = parseOutput(flags.output, session.host.readFile);
    const manifests = await wanted(session, args, flags);
    const created: {
      readonly resource: PlacedManifest['resource'];
      readonly object: KubeObject;
    }[] = [];
    const errors: unknown[] = [];
    for (const manifest of manifests) {
      const { resource, source } = manifest;
      try {
        const object =
          dryRun === 'client'
            ? (manifest.object as KubeObject)
            : await createOne(session.cluster(), manifest, flags, dryRun === 'server');
        created.push({ resource, object });
        if (form.kind === 'table') {
          const name = spoken(resource, object.metadata.name);
          await screen.say(`${name} created${dryRunNote(dryRun)}`);
        }
      } catch (err) {
        errors.push(
          err instanceof StatusError && source
            ? new StatusError({
                ...err.status,
                message: `error when creating "${source}": ${err.message}`,
              })
            : err,
        );
      }
    }
    if (form.kind !== 'table') {
      await screen.raw(objectPrinter(form, { isSingle: created.length === 1 })(created));
    }
    if (errors.length > 0) throw new AggregateError(errors);
  },
};

async function wanted(
  session: Session,
  args: readonly string[],
  flags: CreateFlags,
): Promise<readonly PlacedManifest[]> {
  const [what, name] = args;
  if (what !== undefined) {
    if (!/^(ns|namespaces?)$/.test(what) || !name) {
      throw new UsageError('only `create namespace NAME` works without -f');
    }
    const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
    const cluster = session.cluster();
    return [placeManifest({ source: '', object }, await cluster.resources(), cluster)];
  }
  if (!flags.filename) throw new UsageError('must specify one of -f and -k');
  const manifests = await placeManifests(session, flags);
  if (manifests.length === 0) throw new UsageError('no objects passed to create');
  return manifests;
}

async function createOne(
  { transport }: Cluster,
  { resource, namespace, object }: PlacedManifest,
  flags: CreateFlags,
  isDryRun: boolean,
): Promise<KubeObject> {
  const query = queryString({
    fieldManager,
    fieldValidation: fieldValidationOf(flags.validate),
    dryRun: isDryRun ? 'All' : undefined,
  });
  const { object: made } = await exchangeObject<KubeObject>(transport, {
    method: 'POST',
    path: pathOf(resource, { namespace }) + query,
    body: object,
  });
  return made;
}
