import { isNotFound } from '@berth/api';
import { declareSwitch } from '../command-line.ts';
import type { Cluster } from '../connection.ts';
import { fetchObjects, fetchTables } from '../fetch.ts';
import type { Narrowing, Outcome } from '../fetch.ts';
import { parseExpression } from '../printers/custom-columns.ts';
import { objectPrinter } from '../printers/object-output.ts';
import type { OutputForm } from '../printers/output-form.ts';
import { parseOutput } from '../printers/output-form.ts';
import { sortByPath } from '../printers/sort.ts';
import { formatTable, tableCells } from '../printers/table.ts';
import type { TableStyle } from '../printers/table.ts';
import { planSections } from '../printers/table-sections.ts';
import { qualifiedKind } from '../resources.ts';
import type { Session } from '../session.ts';
import { parseTargets } from '../targets.ts';
import type { Target } from '../targets.ts';
import { UsageError } from '../usage-error.ts';
import type { Verb } from '../verb.ts';
import { printRaw } from './get-raw.ts';
import { watchObjects } from './get-watch.ts';

export interface GetFlags extends Narrowing {
  readonly output?: string;
  readonly watch?: boolean;
  readonly watchOnly?: boolean;
  readonly outputWatchEvents?: boolean;
  readonly showLabels?: boolean;
  readonly labelColumns?: string;
  readonly showKind?: boolean;
  readonly showManagedFields?: boolean;
  readonly sortBy?: string;
  readonly headers?: boolean;
  readonly ignoreNotFound?: boolean;
  readonly raw?: string;
}

export const get: Verb<GetFlags> = {
  declare(command) {
    command
      .usage('(TYPE[,TYPE] [NAME...] | TYPE/NAME...)')
      .description('Show objects: as a table, or in another form with -o.')
      .option('-o, --output <form>', 'json, yaml, name, wide, jsonpath=…, custom-columns=…')
      .option('-l, --selector <labels>', 'only objects with these labels: a=b,c!=d,e in (f,g)')
      .option('--field-selector <fields>', 'only objects with these fields: status.phase=Running')
      .option('-L, --label-columns <labels>', 'a column for each of these labels')
      .option('--sort-by <path>', 'order by what a JSONPath finds')
      .option('--raw <path>', 'print what the server answers at a path')
      .option('--no-headers', 'no line of headers')
      .option('--chunk-size <n>', 'accepted for scripts; lists are taken whole');
    declareSwitch(command, '-A, --all-namespaces', 'in all namespaces');
    declareSwitch(command, '-w, --watch', 'go on with changes as they happen');
    declareSwitch(command, '--watch-only', 'changes alone, without what is there already');
    declareSwitch(command, '--output-watch-events', 'with what happened: ADDED, MODIFIED, DELETED');
    declareSwitch(command, '--show-labels', 'with a column of all labels');
    declareSwitch(command, '--show-kind', 'with the kind before each name');
    declareSwitch(command, '--show-managed-fields', 'with who wrote which field');
    declareSwitch(command, '--ignore-not-found', 'what is not there is no failure');
  },

  async run(session, { args, flags }) {
    const cluster = session.cluster();
    if (flags.raw !== undefined) return printRaw(session, cluster, flags.raw);
    const form = parseOutput(flags.output, session.host.readFile);
    const targets = parseTargets(await cluster.resources(), args);
    if (targets.length === 0) {
      throw new UsageError(
        'You must specify the type of resource to get. Use "berth api-resources" for a complete list of supported resources.',
      );
    }
    if (flags.watch || flags.watchOnly) return watchObjects(session, targets, form, flags);
    return form.kind === 'table'
      ? printTables(session, targets, form, flags)
      : printObjects(session, targets, form, flags);
  },
};

async function printObjects(
  session: Session,
  targets: readonly Target[],
  form: Exclude<OutputForm, { readonly kind: 'table' }>,
  flags: GetFlags,
): Promise<number> {
  const { screen } = session;
  const isSingle = targets.length === 1 && targets[0]?.name !== undefined;
  const print = objectPrinter(form, {
    isSingle,
    showManagedFields: flags.showManagedFields,
    noHeaders: flags.headers === false,
  });
  const outcomes = await fetchObjects(session.cluster(), targets, flags);
  const found = sorted(
    outcomes.flatMap((outcome) =>
      'err' in outcome
        ? []
        : outcome.value.map((object) => ({ object, resource: outcome.target.resource })),
    ),
    flags,
  );
  const errors = errorsOf(outcomes, flags);
  const isNothing = found.length === 0 && (isSingle || errors.length > 0);
  if (!isNothing) await screen.raw(print(found));
  if (errors.length > 0) throw new AggregateError(errors);
  return 0;
}

async function printTables(
  session: Session,
  targets: readonly Target[],
  { wide }: { readonly wide: boolean },
  flags: GetFlags,
): Promise<number> {
  const { screen } = session;
  const cluster = session.cluster();
  const include = flags.sortBy === undefined ? undefined : 'Object';
  const outcomes = await fetchTables(cluster, targets, flags, include);
  const sections = planSections(outcomes);
  const style = tableStyle(wide, flags);
  const showKind = flags.showKind || new Set(targets.map(({ resource }) => resource)).size > 1;
  const texts = sections.map(({ resource, columns, rows }) => {
    const { headers, cells } = tableCells(columns, sorted(rows, flags), {
      ...style,
      withNamespace: Boolean(style.withNamespace && resource.namespaced),
      ...(showKind && { kind: qualifiedKind(resource) }),
    });
    return formatTable(headers, cells, screen.palette, { withHeaders: flags.headers !== false });
  });
  await screen.print(texts.join('\n'));
  const errors = errorsOf(outcomes, flags);
  if (errors.length > 0) throw new AggregateError(errors);
  if (sections.length === 0 && !flags.ignoreNotFound) {
    await screen.tell(nothingFound(cluster, targets, flags));
  }
  return 0;
}

export const tableStyle = (wide: boolean, flags: GetFlags): TableStyle => ({
  wide,
  withNamespace: flags.allNamespaces ?? false,
  showLabels: flags.showLabels ?? false,
  labelColumns: flags.labelColumns?.split(',').filter(Boolean) ?? [],
});

const sorted = <T extends { readonly object: unknown }>(
  items: readonly T[],
  { sortBy }: GetFlags,
): readonly T[] =>
  sortBy === undefined ? items : sortByPath(items, parseExpression(sortBy), ({ object }) => object);

const errorsOf = (outcomes: readonly Outcome<unknown>[], { ignoreNotFound }: GetFlags) =>
  outcomes
    .flatMap((outcome) => ('err' in outcome ? [outcome.err] : []))
    .filter((err) => !(ignoreNotFound && isNotFound(err)));

const nothingFound = (
  { namespace }: Cluster,
  targets: readonly Target[],
  { allNamespaces }: GetFlags,
) =>
  !allNamespaces && targets.some(({ resource }) => resource.namespaced)
    ? `No resources found in ${namespace} namespace.`
    : 'No resources found';
