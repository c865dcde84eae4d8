import type { KubeObject, WatchChange } from '@berth/api';
import { tableClient } from '../connection.ts';
import type { Cluster } from '../connection.ts';
import { fetchTables } from '../fetch.ts';
import { alignCells, tableSpacing, widthOf } from '../printers/align.ts';
import { meaningOf } from '../printers/meaning.ts';
import { objectPrinter } from '../printers/object-output.ts';
import type { OutputForm } from '../printers/output-form.ts';
import { tableCells } from '../printers/table.ts';
import type { Table, TableColumn } from '../printers/table.ts';
import type { Session } from '../session.ts';
import { scopeOf } from '../targets.ts';
import type { Target } from '../targets.ts';
import { UsageError } from '../usage-error.ts';
import { tableStyle } from './get.ts';
import type { GetFlags } from './get.ts';

/** Prints what is there, then every change, until the process is ended. */
export async function watchObjects(
  session: Session,
  targets: readonly Target[],
  form: OutputForm,
  flags: GetFlags,
): Promise<number> {
  const [target, ...more] = targets;
  if (!target || more.length > 0) {
    throw new UsageError('you may only specify a single resource type');
  }
  const cluster = session.cluster();
  const isTable = form.kind === 'table';
  const print = isTable
    ? rowPrinter(session, form.wide, flags)
    : plainPrinter(session, form, target, flags);
  const changes = follow(cluster, target, flags, isTable);
  for await (const { type, object } of changes) await print(type, object);
  return 0;
}

interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: KubeObject & Table;
}

/** What is there as ADDED changes first. A watch that the server ends goes on where it was. */
async function* follow(
  cluster: Cluster,
  target: Target,
  flags: GetFlags,
  isTable: boolean,
): AsyncIterable<Change> {
  const client = isTable ? tableClient(cluster) : cluster.client;
  const { signal } = new AbortController();
  const scope = scopeOf(target.resource, cluster, flags.allNamespaces);
  if (target.name !== undefined) {
    // A named object that is not there is said so, as without --watch.
    await cluster.client.get(target.resource, { ...scope, name: target.name });
  }
  const listed = isTable
    ? await listTable(cluster, target, flags)
    : await cluster.client.list(target.resource, { ...scope, ...selectors(target, flags) });
  let resourceVersion = listed.metadata?.resourceVersion ?? '';
  if (!flags.watchOnly) {
    for (const object of 'items' in listed ? listed.items : [listed]) {
      yield { type: 'ADDED', object: object as Change['object'] };
    }
  }
  for (;;) {
    const options = { ...scope, ...selectors(target, flags), resourceVersion };
    const watch: AsyncIterable<WatchChange<KubeObject>> = client.watch(
      target.resource,
      { ...options, allowWatchBookmarks: true },
      signal,
    );
    for await (const change of watch) {
      if (change.type === 'BOOKMARK') resourceVersion = change.resourceVersion;
      else {
        const object = change.object as Change['object'];
        resourceVersion = versionOf(object) ?? resourceVersion;
        yield { type: change.type, object };
      }
    }
  }
}

async function listTable(cluster: Cluster, target: Target, flags: GetFlags) {
  const [outcome] = await fetchTables(
    cluster,
    [{ resource: target.resource }],
    narrowing(target, flags),
  );
  if (!outcome || 'err' in outcome) throw outcome?.err;
  return outcome.value;
}

const narrowing = (target: Target, flags: GetFlags) => ({
  ...flags,
  ...(target.name !== undefined && { fieldSelector: `metadata.name=${target.name}` }),
});

const selectors = (target: Target, flags: GetFlags) => {
  const { selector, fieldSelector } = narrowing(target, flags);
  return {
    ...(selector !== undefined && { labelSelector: selector }),
    ...(fieldSelector !== undefined && { fieldSelector }),
  };
};

/** A change in table form carries its version in its rows. */
const versionOf = ({ metadata, rows }: KubeObject & Table): string | undefined =>
  rows?.at(-1)?.object.metadata.resourceVersion ?? metadata.resourceVersion;

function rowPrinter({ screen }: Session, wide: boolean, flags: GetFlags) {
  let columns: readonly TableColumn[] = [];
  let shown: (readonly string[])[] = [];
  let isFirst = true;
  return async (type: Change['type'], { columnDefinitions, rows }: Table) => {
    // Only the first table of a watch names its columns.
    if (columnDefinitions && columnDefinitions.length > 0) columns = columnDefinitions;
    const { headers, cells } = tableCells(columns, rows ?? [], {
      ...tableStyle(wide, flags),
      ...(flags.outputWatchEvents && { event: type }),
    });
    if (cells.length === 0) return;
    const fresh = isFirst && flags.headers !== false ? [headers, ...cells] : cells;
    const isHeader = (row: number) => isFirst && flags.headers !== false && row === shown.length;
    // The widest row so far keeps the columns where they are.
    const lines = alignCells([...shown, ...fresh], tableSpacing, (text, row, column) =>
      isHeader(row) ? text : screen.palette(text, meaningOf(headers[column] ?? '', text)),
    );
    await screen.print(
      lines
        .slice(shown.length)
        .map((line) => `${line}\n`)
        .join(''),
    );
    shown = [widest([...shown, ...fresh])];
    isFirst = false;
  };
}

const widest = (rows: readonly (readonly string[])[]): readonly string[] =>
  (rows[0] ?? []).map((_, column) => ' '.repeat(widthOf(rows, column)));

function plainPrinter(
  { screen }: Session,
  form: Exclude<OutputForm, { readonly kind: 'table' }>,
  { resource }: Target,
  flags: GetFlags,
) {
  const print = objectPrinter(form, {
    isSingle: true,
    showManagedFields: flags.showManagedFields,
    noHeaders: flags.headers === false,
  });
  let isFirst = true;
  return async (type: Change['type'], object: KubeObject) => {
    if (form.kind === 'yaml' && !isFirst) await screen.print('---\n');
    isFirst = false;
    if (flags.outputWatchEvents && form.kind === 'json') {
      await screen.raw(`${JSON.stringify({ type, object }, undefined, 4)}\n`);
    } else await screen.raw(print([{ resource, object }]));
  };
}
