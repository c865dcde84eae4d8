import { isNotFound } from '@berth/api';
import type { KubeObject, ObjectRef } from '@berth/api';
import { sleep } from '@berth/component-base';
import { declareSwitch } from '../command-line.ts';
import type { Cluster } from '../connection.ts';
import { fetchObjects } from '../fetch.ts';
import { readManifests } from '../manifests.ts';
import type { FileFlags } from '../manifests.ts';
import { refIn } from '../object-names.ts';
import { qualifiedKind } from '../resources.ts';
import type { Resource } from '../resources.ts';
import type { Session } from '../session.ts';
import { parseTargets } from '../targets.ts';
import { UsageError } from '../usage-error.ts';
import type { Verb } from '../verb.ts';
import { collect } from './collect.ts';

interface DeleteFlags extends FileFlags {
  readonly selector?: string;
  readonly all?: boolean;
  readonly allNamespaces?: boolean;
  readonly gracePeriod?: string;
  readonly force?: boolean;
  readonly now?: boolean;
  readonly wait?: boolean;
  readonly cascade?: string;
  readonly ignoreNotFound?: boolean;
}

interface Doomed {
  readonly resource: Resource;
  readonly ref: ObjectRef;
}

const policies = { background: 'Background', foreground: 'Foreground', orphan: 'Orphan' } as const;
const pollMs = 200;

export const remove: Verb<DeleteFlags> = {
  declare(command) {
    command
      .usage('(-f FILE | TYPE NAME... | TYPE/NAME... | TYPE -l LABELS | TYPE --all)')
      .description('Delete objects, and wait until they are gone.')
      .option('-f, --filename <file>', 'a file, a directory, or - for stdin', collect)
      .option('-l, --selector <labels>', 'objects with these labels')
      .option('--grace-period <seconds>', 'how long pods may take to stop')
      .option('--cascade <how>', 'background, foreground or orphan', 'background');
    declareSwitch(command, '-R, --recursive', 'go into directories of directories');
    declareSwitch(command, '--all', 'all objects of the kind');
    declareSwitch(command, '-A, --all-namespaces', 'in all namespaces');
    declareSwitch(command, '--force', 'at once, whatever still runs');
    declareSwitch(command, '--now', 'with a grace period of one second');
    declareSwitch(command, '--wait', 'wait until they are gone', true);
    declareSwitch(command, '--ignore-not-found', 'what is not there is no failure');
  },

  async run(session, { args, flags }) {
    const cluster = session.cluster();
    const options = deleteOptions(flags);
    const errors: unknown[] = [];
    const gone: Doomed[] = [];
    for (const doomed of await choose(session, args, flags)) {
      try {
        await cluster.client.remove(doomed.resource, doomed.ref, options);
        await session.screen.say(sentence(doomed, flags));
        gone.push(doomed);
      } catch (err) {
        if (!(flags.ignoreNotFound && isNotFound(err))) errors.push(err);
      }
    }
    if (flags.wait !== false) {
      for (const doomed of gone) await untilGone(session, cluster, doomed);
    }
    if (errors.length > 0) throw new AggregateError(errors);
  },
};

function deleteOptions({ gracePeriod, force, now, cascade = 'background' }: DeleteFlags) {
  const propagationPolicy = policies[cascade as keyof typeof policies] as
    (typeof policies)[keyof typeof policies] | undefined;
  if (!propagationPolicy) {
    throw new UsageError(
      `invalid cascade value (${cascade}). Must be "background", "foreground", or "orphan"`,
    );
  }
  const seconds = gracePeriod === undefined ? undefined : Number(gracePeriod);
  if (seconds !== undefined && !Number.isInteger(seconds)) {
    throw new UsageError(
      `invalid argument ${JSON.stringify(gracePeriod)} for "--grace-period" flag`,
    );
  }
  const gracePeriodSeconds = force ? 0 : now ? 1 : seconds;
  return {
    propagationPolicy,
    ...(gracePeriodSeconds !== undefined && gracePeriodSeconds >= 0 && { gracePeriodSeconds }),
  };
}

async function choose(
  session: Session,
  args: readonly string[],
  flags: DeleteFlags,
): Promise<readonly Doomed[]> {
  const cluster = session.cluster();
  const resources = await cluster.resources();
  const named = (await readManifests(session.host, resources, flags)).map(
    ({ resource, object }) => ({ resource, ref: refIn(cluster, resource, object.metadata) }),
  );
  const targets = parseTargets(resources, args);
  if (named.length === 0 && targets.length === 0) {
    throw new UsageError('You must provide one or more resources by argument or filename.');
  }
  const open = targets.filter(({ name }) => name === undefined);
  if (open.length > 0 && !flags.all && flags.selector === undefined) {
    throw new UsageError('resource(s) were provided, but no name was specified');
  }
  const byName = targets.flatMap(({ resource, name }) =>
    name === undefined ? [] : [{ resource, ref: refIn(cluster, resource, { name }) }],
  );
  const found = await fetchObjects(cluster, open, flags);
  const listed = found.flatMap((outcome) => {
    if ('err' in outcome) throw outcome.err;
    return outcome.value.map(({ metadata }: KubeObject) => ({
      resource: outcome.target.resource,
      ref: {
        name: metadata.name,
        ...(metadata.namespace && { namespace: metadata.namespace }),
      },
    }));
  });
  return [...named, ...byName, ...listed];
}

function sentence({ resource, ref }: Doomed, { force, gracePeriod }: DeleteFlags): string {
  const how = force || gracePeriod === '0' ? 'force deleted' : 'deleted';
  const where = ref.namespace ? ` from ${ref.namespace} namespace` : '';
  return `${qualifiedKind(resource)} ${JSON.stringify(ref.name)} ${how}${where}`;
}

async function untilGone(
  { host }: Session,
  { client }: Cluster,
  { resource, ref }: Doomed,
): Promise<void> {
  const signal = host.terminationSignal();
  while (!signal.aborted) {
    const there = await client.get(resource, ref, signal).catch((err: unknown) => {
      if (isNotFound(err)) return undefined;
      throw err;
    });
    if (!there) return;
    await sleep(host.clock, pollMs, signal);
  }
}
