import { isNotFound } from '@berth/api';
import type { KubeObject, ObjectRef } from '@berth/api';
import type { DeleteOptions } from '@berth/client';
import { declareSwitch, optionalValue } from '../command-line.ts';
import type { Cluster } from '../connection.ts';
import { declareDryRun, dryRunNote, readDryRun } from '../dry-run.ts';
import { fetchObjects } from '../fetch.ts';
import type { Narrowing } from '../fetch.ts';
import { followObject } from '../follow.ts';
import { declareFiles, placeManifests } from '../manifest-targets.ts';
import type { FileFlags } from '../manifest-targets.ts';
import { spoken } from '../object-names.ts';
import { qualifiedKind } from '../resources.ts';
import type { Resource } from '../resources.ts';
import type { Session } from '../session.ts';
import { parseTargets, scopeOf } from '../targets.ts';
import { readDuration, withTimeLimit } from '../time-limit.ts';
import { UsageError } from '../usage-error.ts';
import type { Verb } from '../verb.ts';

interface DeleteFlags extends FileFlags, Narrowing {
  readonly output?: string;
  readonly all?: boolean;
  readonly gracePeriod: string;
  readonly force?: boolean;
  readonly now?: boolean;
  readonly wait: boolean;
  readonly timeout: string;
  readonly cascade: string;
  readonly ignoreNotFound?: boolean;
  readonly dryRun?: string;
}

/** One object that is to go. */
interface Doomed {
  readonly resource: Resource;
  readonly ref: ObjectRef;
  readonly uid?: string | undefined;
}

export const deleteVerb: Verb<DeleteFlags> = {
  declare(command) {
    command
      .usage('(-f FILE | TYPE [NAME...] | TYPE/NAME... | TYPE -l labels)')
      .description('Delete objects, and wait until they are gone.')
      .option('-l, --selector <labels>', 'only objects with these labels')
      .option('--field-selector <fields>', 'only objects with these fields')
      .option('-o, --output <form>', 'name: print names alone')
      .option('--grace-period <seconds>', 'time that pods get to end; -1: what they say', '-1')
      .option('--timeout <duration>', 'how long to wait; 0s: as long as it takes', '0s')
      .addOption(
        optionalValue(
          '--cascade [how]',
          'background, orphan or foreground: what becomes of what it owns',
          'background',
        ).default('background'),
      );
    declareFiles(command, 'file, directory, or - for stdin: the objects in it');
    declareDryRun(command);
    declareSwitch(command, '--all', 'all objects of the type');
    declareSwitch(command, '-A, --all-namespaces', 'in all namespaces');
    declareSwitch(command, '--force', 'forget objects at once, whatever still runs of them');
    declareSwitch(command, '--now', 'the same as --grace-period=1');
    declareSwitch(command, '--wait', 'until the objects are gone', true);
    declareSwitch(command, '--ignore-not-found', 'what is not there is no failure');
  },

  async run(session, { args, flags }) {
    const { screen, host } = session;
    const dryRun = readDryRun(flags.dryRun);
    const options = deleteOptions(flags);
    const cluster = session.cluster();
    const { doomed, errors } = await findDoomed(session, cluster, args, flags);
    if (flags.force) {
      await screen.tell(
        'Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.',
      );
    }
    const gone: Doomed[] = [];
    for (const one of doomed) {
      try {
        if (dryRun !== 'client') {
          const dry = dryRun === 'server' && { dryRun: true };
          await cluster.client.remove(one.resource, one.ref, { ...options, ...dry });
        }
        gone.push(one);
        await screen.say(messageFor(one, flags) + dryRunNote(dryRun));
      } catch (err) {
        if (!(flags.ignoreNotFound && isNotFound(err))) errors.push(err);
      }
    }
    if (flags.wait && dryRun === 'none') {
      const limit = readDuration('--timeout', flags.timeout);
      for (const one of gone) {
        await withTimeLimit(host.clock, limit, (signal) => untilGone(cluster, one, signal));
      }
    }
    if (errors.length > 0) throw new AggregateError(errors);
    if (doomed.length === 0 && !flags.ignoreNotFound) await screen.say('No resources found');
  },
};

async function findDoomed(
  session: Session,
  cluster: Cluster,
  args: readonly string[],
  flags: DeleteFlags,
): Promise<{ readonly doomed: readonly Doomed[]; readonly errors: unknown[] }> {
  if (flags.filename) {
    const manifests = await placeManifests(session, flags);
    const doomed = manifests.map(({ resource, name, namespace }) => ({
      resource,
      ref: { name, ...(namespace !== undefined && { namespace }) },
    }));
    // What was made first may be needed until the rest is gone.
    return { doomed: doomed.reverse(), errors: [] };
  }
  const targets = parseTargets(await cluster.resources(), args);
  if (targets.length === 0) {
    throw new UsageError('You must provide one or more resources by argument or filename.');
  }
  const isNarrowed = flags.all || flags.selector !== undefined || flags.fieldSelector !== undefined;
  if (targets.some(({ name }) => name === undefined) && !isNarrowed) {
    throw new UsageError('resource(s) were provided, but no name was specified');
  }
  if (targets.every(({ name }) => name !== undefined)) {
    const doomed = targets.map(({ resource, name = '' }) => ({
      resource,
      ref: { ...scopeOf(resource, cluster), name },
    }));
    return { doomed, errors: [] };
  }
  const outcomes = await fetchObjects(cluster, targets, flags);
  return {
    doomed: outcomes.flatMap((outcome) =>
      'err' in outcome
        ? []
        : outcome.value.map((object) => doomedOf(outcome.target.resource, object)),
    ),
    errors: outcomes.flatMap((outcome) => ('err' in outcome ? [outcome.err] : [])),
  };
}

const doomedOf = (
  resource: Resource,
  { metadata: { name, namespace, uid } }: KubeObject,
): Doomed => ({ resource, ref: { name, ...(namespace !== undefined && { namespace }) }, uid });

function deleteOptions(flags: DeleteFlags): DeleteOptions {
  const { cascade, force, now, gracePeriod } = flags;
  const policies = {
    background: 'Background',
    orphan: 'Orphan',
    foreground: 'Foreground',
  } as const;
  const policy = Object.entries(policies).find(([name]) => name === cascade)?.[1];
  if (!policy) {
    throw new UsageError(
      `invalid cascade value (${cascade}). Must be "background", "foreground", or "orphan"`,
    );
  }
  const asked = Number(gracePeriod);
  if (!Number.isInteger(asked)) {
    throw new UsageError(`invalid argument "${gracePeriod}" for "--grace-period" flag`);
  }
  if (asked === 0 && !force) {
    throw new UsageError('--grace-period=0 must be given together with --force');
  }
  if (now && asked >= 0)
    throw new UsageError('--now and --grace-period cannot be specified together');
  const seconds = now ? 1 : asked >= 0 ? asked : force ? 0 : undefined;
  return {
    propagationPolicy: policy,
    ...(seconds !== undefined && { gracePeriodSeconds: seconds }),
  };
}

function messageFor({ resource, ref }: Doomed, { output, force }: DeleteFlags): string {
  if (output === 'name') return spoken(resource, ref.name);
  const where = ref.namespace === undefined ? '' : ` from ${ref.namespace} namespace`;
  return `${qualifiedKind(resource)} "${ref.name}" ${force ? 'force deleted' : 'deleted'}${where}`;
}

/** Another object of the same name is no reason to go on. */
async function untilGone({ client }: Cluster, { resource, ref, uid }: Doomed, signal: AbortSignal) {
  let waitedFor = uid;
  for await (const object of followObject(client, resource, ref, signal)) {
    if (!object || (waitedFor !== undefined && object.metadata.uid !== waitedFor)) return;
    waitedFor = object.metadata.uid;
  }
}
