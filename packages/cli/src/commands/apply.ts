import { isConflict, isDeepEqual, isNotFound, pathOf, StatusError } from '@berth/api';
import type { KubeObject } from '@berth/api';
import { declareSwitch } from '../command-line.ts';
import { fieldManager } from '../connection.ts';
import type { Cluster } from '../connection.ts';
import { declareDryRun, dryRunNote, readDryRun } from '../dry-run.ts';
import { exchangeObject } from '../exchange.ts';
import { declareFiles, placeManifests } from '../manifest-targets.ts';
import type { FileFlags, PlacedManifest } from '../manifest-targets.ts';
import { spoken } from '../object-names.ts';
import { objectPrinter } from '../printers/object-output.ts';
import { parseOutput } from '../printers/output-form.ts';
import { queryString } from '../query.ts';
import { readDuration } from '../time-limit.ts';
import { UsageError } from '../usage-error.ts';
import type { Verb } from '../verb.ts';

interface ApplyFlags extends FileFlags {
  readonly output?: string;
  readonly dryRun?: string;
  readonly forceConflicts?: boolean;
  readonly fieldManager: string;
  readonly validate: string;
  readonly wait?: boolean;
  readonly timeout: string;
}

export const apply: Verb<ApplyFlags> = {
  declare(command) {
    command
      .usage('-f FILE')
      .description('Bring objects to what files say, and leave alone what others manage.')
      .option('-o, --output <form>', 'print the objects: json, yaml, name')
      .option('--field-manager <name>', 'who is to manage the fields', fieldManager)
      .option(
        '--validate <how>',
        'strict, warn or ignore: what becomes of unknown fields',
        'strict',
      )
      .option('--timeout <duration>', 'how long --wait waits', '5m');
    declareFiles(command, 'file, directory, or - for stdin');
    declareDryRun(command);
    declareSwitch(command, '--force-conflicts', 'take fields over that others manage');
    declareSwitch(command, '--server-side', 'accepted for scripts; it is always so');
    declareSwitch(command, '--wait', 'until the workloads run; ends early when one of them cannot');
  },

  async run(session, { flags }) {
    const { screen } = session;
    const dryRun = readDryRun(flags.dryRun);
    if (dryRun === 'client') {
      throw new UsageError(
        "--dry-run=client doesn't work with server-side apply (did you mean --dry-run=server instead?)",
      );
    }
    if (!flags.filename) throw new UsageError('must specify one of -f and -k');
    const form = parseOutput(flags.output, session.host.readFile);
    const manifests = await placeManifests(session, flags);
    if (manifests.length === 0) throw new UsageError('no objects passed to apply');
    const applied: Applied[] = [];
    const errors: unknown[] = [];
    for (const manifest of manifests) {
      try {
        const result = await applyOne(session.cluster(), manifest, flags, dryRun === 'server');
        applied.push(result);
        if (form.kind === 'table') {
          const name = spoken(result.resource, result.object.metadata.name);
          await screen.say(`${name} ${result.outcome}${dryRunNote(dryRun)}`);
        }
      } catch (err) {
        errors.push(explained(err, manifest));
      }
    }
    if (form.kind !== 'table') {
      const isSingle = applied.length === 1;
      await screen.raw(objectPrinter(form, { isSingle })(applied));
    }
    if (errors.length > 0) throw new AggregateError(errors);
    if (!flags.wait || dryRun === 'server') return 0;
    const { waitForWorkloads } = await import('../rollout/wait-for-workloads.ts');
    return waitForWorkloads(session, applied, readDuration('--timeout', flags.timeout));
  },
};

interface Applied {
  readonly resource: PlacedManifest['resource'];
  readonly object: KubeObject;
  readonly outcome: 'created' | 'configured' | 'unchanged';
}

async function applyOne(
  { client, transport }: Cluster,
  { resource, namespace, name, object }: PlacedManifest,
  flags: ApplyFlags,
  isDryRun: boolean,
): Promise<Applied> {
  if (!name) throw new UsageError('resource name may not be empty');
  const ref = { name, ...(namespace !== undefined && { namespace }) };
  const before = await client.get(resource, ref).catch((err: unknown) => {
    if (isNotFound(err)) return undefined;
    throw err;
  });
  const query = queryString({
    fieldManager: flags.fieldManager,
    fieldValidation: fieldValidationOf(flags.validate),
    force: flags.forceConflicts ?? false,
    dryRun: isDryRun ? 'All' : undefined,
  });
  const { object: after } = await exchangeObject<KubeObject>(transport, {
    method: 'PATCH',
    path: pathOf(resource, ref) + query,
    contentType: 'application/apply-patch+yaml',
    body: object,
  });
  const outcome = !before ? 'created' : isSame(before, after) ? 'unchanged' : 'configured';
  return { resource, object: after, outcome };
}

export function fieldValidationOf(text: string): 'Strict' | 'Warn' | 'Ignore' {
  switch (text.toLowerCase()) {
    case 'strict':
    case 'true':
      return 'Strict';
    case 'warn':
      return 'Warn';
    case 'ignore':
    case 'false':
      return 'Ignore';
    default:
      throw new UsageError(
        `invalid validate option ${JSON.stringify(text)}; must be one of: strict, warn, ignore`,
      );
  }
}

/** A dry run leaves the version as it is, so the objects themselves are compared. */
const isSame = (before: KubeObject, after: KubeObject): boolean =>
  isDeepEqual(content(before), content(after));

function content({ metadata, ...rest }: KubeObject): unknown {
  const { managedFields: _m, resourceVersion: _r, generation: _g, ...own } = metadata;
  return { ...rest, metadata: own };
}

function explained(err: unknown, { source }: PlacedManifest): unknown {
  if (!(err instanceof StatusError)) return err;
  const { status } = err;
  const message = status.message ?? '';
  if (isConflict(err) && message.startsWith('Apply failed')) {
    return new UsageError(
      `${message}\nOthers manage these fields. Leave them out of ${source}, or take them over with --force-conflicts.`,
    );
  }
  return new StatusError({ ...status, message: `error when applying "${source}": ${message}` });
}
