import { declareSwitch } from '../command-line.ts';
import { fieldManager } from '../connection.ts';
import { declareDryRun, dryRunNote, readDryRun } from '../dry-run.ts';
import { mustFetch } from '../fetch.ts';
import type { Narrowing } from '../fetch.ts';
import { planChanges, splitChanges } from '../metadata-changes.ts';
import type { ChangePlan } from '../metadata-changes.ts';
import { ownRef, spoken } from '../object-names.ts';
import { parseTargets } from '../targets.ts';
import { UsageError } from '../usage-error.ts';
import type { Verb } from '../verb.ts';

interface ChangeFlags extends Narrowing {
  readonly overwrite?: boolean;
  readonly all?: boolean;
  readonly list?: boolean;
  readonly dryRun?: string;
  readonly resourceVersion?: string;
}

/** Labels and annotations differ in their name, and in what kubectl says about them. */
interface Part {
  readonly field: 'labels' | 'annotations';
  readonly description: string;
  readonly outcome: (plan: ChangePlan) => string;
  readonly objection: (taken: ChangePlan['taken']) => string;
}

const changing = ({ field, description, outcome, objection }: Part): Verb<ChangeFlags> => ({
  declare(command) {
    command
      .usage('(TYPE NAME... | TYPE/NAME... | TYPE -l labels | TYPE --all) KEY=VALUE... KEY-...')
      .description(description)
      .option('-l, --selector <labels>', 'all objects with these labels')
      .option('--field-selector <fields>', 'all objects with these fields')
      .option('--resource-version <version>', 'only when the object is still at this version');
    declareSwitch(command, '--overwrite', 'also those that have another value');
    declareSwitch(command, '--all', 'all objects of the type');
    declareSwitch(command, '-A, --all-namespaces', 'in all namespaces');
    declareSwitch(command, '--list', 'show what there is');
    declareDryRun(command);
  },

  async run(session, { args: words, flags }) {
    const { screen } = session;
    const cluster = session.cluster();
    const dryRun = readDryRun(flags.dryRun);
    const { args, changes } = splitChanges(words);
    if (Object.keys(changes).length === 0 && !flags.list) {
      throw new UsageError(`at least one ${field.slice(0, -1)} update is required`);
    }
    const targets = parseTargets(await cluster.resources(), args);
    if (targets.length === 0) throw new UsageError('one or more resources must be specified');
    const isNarrowed =
      flags.all || flags.selector !== undefined || flags.fieldSelector !== undefined;
    if (targets.some(({ name }) => name === undefined) && !isNarrowed) {
      throw new UsageError('resource(s) were provided, but no name was specified');
    }
    for (const { resource, object } of await mustFetch(cluster, targets, flags)) {
      const name = spoken(resource, object.metadata.name);
      const plan = planChanges(object.metadata[field] ?? {}, changes, flags.overwrite ?? false);
      if (plan.taken.length > 0) throw new UsageError(objection(plan.taken));
      for (const missing of field === 'labels' ? plan.missing : []) {
        await screen.say(`label "${missing}" not found.`);
      }
      if (plan.effect !== 'none' && dryRun !== 'client') {
        const { resourceVersion } = flags;
        const metadata = { [field]: changes, ...(resourceVersion && { resourceVersion }) };
        const options = { fieldManager, dryRun: dryRun === 'server' };
        await cluster.client.patch(resource, ownRef(object), 'merge', { metadata }, options);
      }
      if (Object.keys(changes).length > 0) {
        await screen.say(`${name} ${outcome(plan)}${dryRunNote(dryRun)}`);
      }
      if (flags.list) await screen.say(listing({ ...object.metadata[field], ...changes }));
    }
  },
});

const listing = (values: Readonly<Record<string, string | null>>): string =>
  Object.entries(values)
    .flatMap(([name, value]) => (value === null ? [] : [`${name}=${value}`]))
    .sort()
    .join('\n');

const hasValue = ({ name, value }: ChangePlan['taken'][number]) =>
  `'${name}' already has a value (${value})`;

export const label = changing({
  field: 'labels',
  description: 'Change the labels of objects.',
  outcome: ({ effect }) =>
    ({ none: 'not labeled', removed: 'unlabeled', changed: 'labeled' })[effect],
  objection: (taken) => `${taken.map(hasValue).join('; ')}, and --overwrite is false`,
});

export const annotate = changing({
  field: 'annotations',
  description: 'Change the annotations of objects.',
  outcome: () => 'annotated',
  objection: (taken) =>
    `--overwrite is false but found the following declared annotation(s): ${taken.map(hasValue).join('; ')}`,
});
