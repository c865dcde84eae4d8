import { isNotFound, nodes as nodeType, pathOf } from '@berth/api';
import type { KubeList } from '@berth/api';
import { declareSwitch } from '../command-line.ts';
import type { Cluster } from '../connection.ts';
import type { Narrowing } from '../fetch.ts';
import { cleanCell } from '../printers/clean.ts';
import { formatTable } from '../printers/table.ts';
import { queryString } from '../query.ts';
import type { Session } from '../session.ts';
import { nodeHeaders, nodeRows, podHeaders, podRows } from '../usage-table.ts';
import type { Measured, SortKey } from '../usage-table.ts';
import { UsageError } from '../usage-error.ts';
import type { Verb } from '../verb.ts';

interface TopFlags extends Narrowing {
  readonly sortBy?: string;
  readonly headers?: boolean;
  readonly containers?: boolean;
}

export const topNodes: Verb<TopFlags> = {
  declare(command) {
    command
      .usage('[NAME]')
      .description('Show what nodes use.')
      .option('-l, --selector <labels>', 'only nodes with these labels')
      .option('--sort-by <what>', 'cpu or memory')
      .option('--no-headers', 'no line of headers');
  },
  async run(session, { args, flags }) {
    const cluster = session.cluster();
    const [name] = args;
    const labels = flags.selector === undefined ? {} : { labelSelector: flags.selector };
    const [measured, { items }] = await Promise.all([
      usage(cluster, 'nodes', name, flags),
      cluster.client.list(nodeType, {
        ...labels,
        ...(name !== undefined && { fieldSelector: `metadata.name=${name}` }),
      }),
    ]);
    await show(session, nodeHeaders, nodeRows(measured, items, sortKeyOf(flags)), flags);
  },
};

export const topPods: Verb<TopFlags> = {
  declare(command) {
    command
      .usage('[NAME]')
      .description('Show what pods use.')
      .option('-l, --selector <labels>', 'only pods with these labels')
      .option('--sort-by <what>', 'cpu or memory')
      .option('--no-headers', 'no line of headers');
    declareSwitch(command, '-A, --all-namespaces', 'in all namespaces');
    declareSwitch(command, '--containers', 'each container by itself');
  },
  async run(session, { args, flags }) {
    const cluster = session.cluster();
    const measured = await usage(cluster, 'pods', args[0], flags);
    const options = {
      withNamespace: flags.allNamespaces ?? false,
      perContainer: flags.containers ?? false,
      sortKey: sortKeyOf(flags),
    };
    await show(session, podHeaders(options), podRows(measured, options), flags);
  },
};

async function usage(
  { client, namespace }: Cluster,
  resource: 'nodes' | 'pods',
  name: string | undefined,
  { selector, allNamespaces }: TopFlags,
): Promise<readonly Measured[]> {
  const type = { group: 'metrics.k8s.io', version: 'v1beta1', resource, namespaced: true };
  const where = resource === 'pods' && !allNamespaces ? { namespace } : {};
  const path = pathOf(type, { ...where, ...(name !== undefined && { name }) });
  try {
    if (name !== undefined) return [await client.getPath<Measured>(path)];
    const query = queryString({ labelSelector: selector });
    return (await client.getPath<KubeList<Measured>>(path + query)).items;
  } catch (err) {
    const isMissing = isNotFound(err) && !err.status.details?.name;
    throw isMissing ? new UsageError('Metrics API not available', { cause: err }) : err;
  }
}

function sortKeyOf({ sortBy }: TopFlags): SortKey {
  if (sortBy === undefined) return 'name';
  if (sortBy === 'cpu' || sortBy === 'memory') return sortBy;
  throw new UsageError('--sort-by accepts only cpu or memory');
}

async function show(
  { screen, cluster }: Session,
  headers: readonly string[],
  rows: readonly (readonly string[])[],
  { headers: withHeaders, allNamespaces }: TopFlags,
): Promise<void> {
  if (rows.length === 0) {
    await screen.tell(
      allNamespaces
        ? 'No resources found'
        : `No resources found in ${cluster().namespace} namespace.`,
    );
    return;
  }
  const cells = rows.map((row) => row.map(cleanCell));
  await screen.print(
    formatTable(headers, cells, screen.palette, { withHeaders: withHeaders !== false }),
  );
}
